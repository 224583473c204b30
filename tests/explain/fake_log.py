"""A deployment's log in memory, with one user in partition 0 of 1."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from stream.core.policy import Policy
from stream.explain.changelog import PartitionProgress
from stream.explain.deployment_log import PartitionPast
from stream.explain.past import Past
from stream.explain.redecide import Rules
from stream.explain.user_past import UserPast, read_user_past
from stream.wire.changes import SegmentChange
from tests.core.builders import ENCODER
from tests.explain.stories import STORY_POLICY, changelog, published, story


@dataclass
class FakeLog:
    """A source of one user's past: `lived` is what the workers processed, by default what the log has."""

    of: Past = field(default_factory=story)
    published: dict[int, list[SegmentChange]] = field(default_factory=lambda: {0: published()})
    member: bool = True
    first_offset: int = 0
    n_waiting: int = 0
    progress: PartitionProgress = field(default_factory=PartitionProgress)
    partitions: int = 1
    lived: Past | None = None
    policy: Policy = STORY_POLICY

    def n_partitions(self) -> int:
        """Number of partitions."""
        return self.partitions

    def past(self, partition: int, users: Collection[str], n_partitions: int) -> PartitionPast:
        """The one past, and the state as the workers' changelog has it."""
        kept = PartitionProgress(states={user: {} for user in users})
        written = changelog(self.lived or self.of, Rules(ENCODER, self.policy))
        kept.take((offset, put.key, put.value) for offset, put in enumerate(written))
        state = kept.state_of(*users)
        return PartitionPast(self.of, self.progress, self.first_offset, self.n_waiting, state)

    def changes(self, users: Collection[str], partition: int) -> dict[str, list[SegmentChange]]:
        """The changes of the user in a partition."""
        return {user: self.published.get(partition, []) for user in users}

    def is_member(self, user: str, partition: int) -> bool:
        """Whether user-segments has the user."""
        return self.member


def user_past(**parts: object) -> UserPast:
    """The past of the story's user."""
    return read_user_past(FakeLog(**parts), "ann")  # type: ignore[arg-type]
