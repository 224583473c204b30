"""What became of a segment model that was made: who it would move, and whether it serves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from stream.training.values.lineage import Lineage

PROPOSED = "proposed"  # runs in shadow on the samples that come
HELD = "held"  # would move more people than the churn budget allows; waits for a hand
PROMOTED = "promoted"  # serves from now on
ROLLED_BACK = "rolled_back"  # a former model serves again
REFUSED = "refused"  # what was asked for can not be done; of the model it names nothing is said
DROPPED = "dropped"  # a candidate that will not be promoted: another took its place, or what it proposed is gone


class Status(StrEnum):
    """A decision on a segment model."""

    PROPOSED = "proposed"  # the candidate runs in shadow on new samples
    HELD = "held"  # the candidate may not be promoted automatically; an operator may promote it
    PROMOTED = "promoted"  # the model serves from now on
    ROLLED_BACK = "rolled_back"  # an earlier model serves again
    REFUSED = "refused"  # a command can not be executed; the model it names is unchanged
    DROPPED = "dropped"  # the candidate will not be promoted


class Trigger(StrEnum):
    """An actor that caused a decision."""

    WARM_UP = "warm_up"
    AUTOMATIC = "automatic"
    OPERATOR = "operator"


class Cause(StrEnum):
    """A machine-readable reason for a decision."""

    WARM_UP = "warm_up"
    REFRESH = "refresh"  # the same segments with the centroids of now
    STRUCTURE_CHANGE = "structure_change"
    REFIT = "refit"
    REQUESTED = "requested"
    REQUESTED_RENAMED = "requested_renamed"  # requested, and published again under the names given since
    RENAMED = "renamed"
    SUPERSEDED = "superseded"  # another model takes the candidate's place
    CHANGES_GONE = "changes_gone"  # changes of the candidate are no longer found
    CHANGES_ADDED = "changes_added"  # changes beyond those of the candidate are found
    UNSTABLE = "unstable"  # the candidate's clusters are still moving
    EXPIRED = "expired"  # a held candidate was not promoted in time
    OVER_BUDGET = "over_budget"
    ROLLOUT_IN_PROGRESS = "rollout_in_progress"
    AUTO_PROMOTION_PAUSED = "auto_promotion_paused"
    ALREADY_SERVING = "already_serving"
    NO_MODEL_YET = "no_model_yet"
    NO_SUCH_MODEL = "no_such_model"
    NO_SUCH_SEGMENT = "no_such_segment"
    NO_PREVIOUS_MODEL = "no_previous_model"
    NOT_A_CANDIDATE = "not_a_candidate"
    EMPTY_RESERVOIR = "empty_reservoir"


@dataclass(frozen=True, slots=True)
class Flow:
    """People that a model would take from one segment to another; `share` is of all people looked at."""

    from_segment: str
    to_segment: str
    people: int
    share: float


@dataclass(frozen=True, slots=True)
class Promotion:
    """A verdict on a segment model. Serving before was `former` (0: none).

    `people` were looked at; `moved` is the share of them that the model takes out of a segment, `entered` the share it
    gives one who had none; `flows` are the movements, the largest first. `ramp_ms` is the time over which people pass
    from the former model to this one, from `time_ms` on or from when it is heard of. `frozen`: since a rollback nothing
    is promoted by itself.
    """

    version: int
    former: int
    status: str
    by: str  # warm_up | budget | hand
    reason: str
    time_ms: int
    ramp_ms: int = 0
    people: int = 0
    moved: float = 0.0
    entered: float = 0.0
    budget: float = 0.0
    flows: tuple[Flow, ...] = ()
    lineage: tuple[Lineage, ...] = ()
    frozen: bool = False

    @property
    def serves(self) -> bool:
        """Whether the model serves from now on."""
        return self.status in (PROMOTED, ROLLED_BACK)
