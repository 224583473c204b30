"""What became of a segment model that was made: who it would move, and whether it serves."""

from __future__ import annotations

from dataclasses import dataclass

from stream.training.values.lineage import Lineage

PROPOSED = "proposed"  # runs in shadow on the samples that come
HELD = "held"  # would move more people than the churn budget allows; waits for a hand
PROMOTED = "promoted"  # serves from now on
ROLLED_BACK = "rolled_back"  # a former model serves again
REFUSED = "refused"  # what was asked for can not be done; of the model it names nothing is said
DROPPED = "dropped"  # a candidate that will not be promoted: another took its place, or what it proposed is gone


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
