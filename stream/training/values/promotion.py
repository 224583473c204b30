"""Decisions on segment models: the serving one, the one in shadow, and the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from stream.training.values.lineage import Lineage
from stream.training.values.structure_change import StructureChange


class Status(StrEnum):
    """A decision on a segment model."""

    PROPOSED = "proposed"  # the candidate runs in shadow on new samples
    HELD = "held"  # the candidate may not be promoted automatically; an operator may promote it
    PROMOTED = "promoted"  # the model serves from now on
    ROLLED_BACK = "rolled_back"  # an earlier model serves again
    REFUSED = "refused"  # a command can not be executed; the model it names is unchanged
    DROPPED = "dropped"  # the candidate will not be promoted


class Trigger(StrEnum):
    """An actor behind a decision."""

    WARM_UP = "warm_up"
    AUTOMATIC = "automatic"
    OPERATOR = "operator"


class Cause(StrEnum):
    """A machine-readable reason for a decision."""

    WARM_UP = "warm_up"
    REFRESH = "refresh"  # the same segments with the centroids of now
    STRUCTURE_CHANGE = "structure_change"
    REFIT = "refit"
    GROWN = "grown"  # a new generation: many more users, or longer windows, than at the last one
    RENEWED = "renewed"  # a new generation, requested
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
class Grounds:
    """Grounds of a decision made at `time_ms`."""

    trigger: Trigger
    cause: Cause
    time_ms: int
    command_id: str = ""
    changes: tuple[StructureChange, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentTransition:
    """A transition of users between two segments by a model; `share` is relative to all users estimated."""

    from_segment: str
    to_segment: str
    n_users: int
    share: float


@dataclass(frozen=True, slots=True)
class Promotion:
    """A decision on `segment_model`, made while `previous_model` serves (0: none).

    `command_id` names the operator's command, "" without one. `changes` are the structural changes it is about.
    `ramp_ms` is the rollout's duration from `time_ms` on. `share_moved` is the share of users the model takes out of a
    segment, `share_entered` of users without a segment who get one. Both are estimated from `n_sampled` users;
    `transitions` lists them, the largest first. `auto_promotion_paused`: no model is promoted automatically.
    """

    segment_model: int
    previous_model: int
    status: Status
    trigger: Trigger
    cause: Cause
    time_ms: int
    command_id: str = ""
    changes: tuple[StructureChange, ...] = ()
    ramp_ms: int = 0
    n_sampled: int = 0
    share_moved: float = 0.0
    share_entered: float = 0.0
    churn_budget: float = 0.0
    transitions: tuple[SegmentTransition, ...] = ()
    lineage: tuple[Lineage, ...] = ()
    auto_promotion_paused: bool = False

    @property
    def serves(self) -> bool:
        """True if the model serves from now on."""
        return self.status in (Status.PROMOTED, Status.ROLLED_BACK)

    @property
    def reason(self) -> str:
        """The cause as a sentence for people; programs read `cause`, `changes` and `command_id`."""
        match self.cause:
            case Cause.OVER_BUDGET:
                return f"would move {self.share_moved:.1%} of users, the churn budget is {self.churn_budget:.1%}"
            case Cause.STRUCTURE_CHANGE:
                return _listed(self.changes)
            case Cause.CHANGES_GONE:
                return f"{_listed(self.changes)} no longer found"
            case Cause.CHANGES_ADDED:
                return f"{_listed(self.changes)} found too"
            case _:
                return _REASONS[self.cause]


_REASONS = {
    Cause.WARM_UP: "the warm-up is complete",
    Cause.REFRESH: "refresh",
    Cause.REFIT: "refit",
    Cause.GROWN: "the users have outgrown the segments: more of them, longer windows, or many unknown",
    Cause.RENEWED: "all segments and their scales were fitted anew",
    Cause.REQUESTED: "requested",
    Cause.REQUESTED_RENAMED: "requested, under the names given since",
    Cause.RENAMED: "a segment was renamed",
    Cause.SUPERSEDED: "a newer model takes its place",
    Cause.UNSTABLE: "its clusters are still moving",
    Cause.EXPIRED: "not promoted in time",
    Cause.ROLLOUT_IN_PROGRESS: "the rollout of the serving model is in progress",
    Cause.AUTO_PROMOTION_PAUSED: "automatic promotion is paused since a rollback; promoting a model resumes it",
    Cause.ALREADY_SERVING: "the model serves already",
    Cause.NO_MODEL_YET: "there is no segment model yet",
    Cause.NO_SUCH_MODEL: "there is no such model; `segue models list` prints those kept",
    Cause.NO_SUCH_SEGMENT: "the serving model has no such segment; `segue segments list` prints its segments",
    Cause.NO_PREVIOUS_MODEL: "no model that served before is kept",
    Cause.NOT_A_CANDIDATE: "the model is not the candidate",
    Cause.EMPTY_RESERVOIR: "the reservoir is empty",
}


def _listed(changes: tuple[StructureChange, ...]) -> str:
    return ", ".join(map(str, changes))
