"""State of the rollout: the candidate model, the age of the changes found, and obstacles to promotions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stream.training.values.promotion import Cause
from stream.training.values.structure_change import StructureChange


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model waiting to serve, in shadow or held.

    `since_ms` is the time since when every review has found all `changes`. `first_id` is the number of the first new
    segment id. `kept` are segments of before, left unchanged, and `born` new ones, proposed as born.
    `over_budget`: too many users would move, and only an operator may promote the model.
    """

    version: int
    since_ms: int
    cause: Cause
    changes: tuple[StructureChange, ...]
    first_id: int
    kept: tuple[str, ...]
    born: tuple[str, ...] = ()
    held: bool = False
    over_budget: bool = False


@dataclass(frozen=True, slots=True)
class RolloutState:
    """A rollout: `changes_since` is the time since when every review has found a change.

    The ramp of the serving model ends at `ramp_ends_ms`. `auto_promotion_paused`: since a rollback only an operator
    promotes models.
    """

    candidate: Candidate | None = None
    changes_since: Mapping[StructureChange, int] = field(default_factory=dict)
    auto_promotion_paused: bool = False
    ramp_ends_ms: int = 0

    def blocked_at(self, time_ms: int) -> Cause | None:
        """Return why no model may be promoted automatically at `time_ms`, whatever it moves; None if one may."""
        if self.auto_promotion_paused:
            return Cause.AUTO_PROMOTION_PAUSED
        # another model would take the users that are still on the previous one at once
        return Cause.ROLLOUT_IN_PROGRESS if time_ms < self.ramp_ends_ms else None
