"""A deployment's log in memory, with one user in partition 0 of 1."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from stream.explain.changelog import PartitionProgress
from stream.explain.deployment_log import PartitionPast
from stream.explain.past import Past
from stream.explain.user_past import UserPast, read_user_past
from stream.wire.changes import SegmentChange
from tests.explain.stories import published, story


@dataclass
class FakeLog:
    """A source of one user's past."""

    of: Past = field(default_factory=story)
    published: dict[int, list[SegmentChange]] = field(default_factory=lambda: {0: published()})
    member: bool = True
    first_offset: int = 0
    n_waiting: int = 0
    progress: PartitionProgress = field(default_factory=PartitionProgress)
    partitions: int = 1

    def n_partitions(self) -> int:
        """Number of partitions."""
        return self.partitions

    def past(self, partition: int, users: Collection[str], n_partitions: int) -> PartitionPast:
        """The one past."""
        return PartitionPast(self.of, self.progress, self.first_offset, self.n_waiting)

    def changes(self, users: Collection[str], partition: int) -> dict[str, list[SegmentChange]]:
        """The changes of the user in a partition."""
        return {user: self.published.get(partition, []) for user in users}

    def is_member(self, user: str, partition: int) -> bool:
        """Whether user-segments has the user."""
        return self.member


def user_past(**parts: object) -> UserPast:
    """The past of the story's user."""
    return read_user_past(FakeLog(**parts), "ann")  # type: ignore[arg-type]
