"""The partition of a user, and messages that lie in another one.

A user has one state, in the partition of the user's key. That is murmur2 of the user id modulo the number of
partitions of `user-events`, as in Kafka's Java client. A message elsewhere is forwarded there, once, and not applied
here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kafka.partitioner.default import murmur2

from stream.core.event import Misplaced, Rejected
from stream.core.reasons import Reason
from stream.wire.reasons import rejected
from stream.wire.records import ConsumerRecord, ProducerRecord
from stream.wire.topics import LARGEST_MESSAGE_BYTES, USER_EVENTS

_PREFIX = "segue.forwarded."
N_PARTITIONS_HEADER = _PREFIX + "n_partitions"
_OVERHEAD_BYTES = 512  # of a record batch, and of the headers that a forwarded record gets
_HEADER_BYTES = 10


class MisplacedStateError(RuntimeError):
    """States lie in partitions that are not their users': nothing may be processed until they are moved."""


def partition_of(key: bytes | None, n_partitions: int) -> int:
    """Return a key's partition by Kafka's default partitioner; 0 for None."""
    return 0 if key is None else (murmur2(key) & 0x7FFFFFFF) % n_partitions


@dataclass(frozen=True, slots=True)
class Placement:
    """Partitions of `user-events` at the start of a worker, and the largest message that the topic takes."""

    n_partitions: int
    message_bytes_max: int = LARGEST_MESSAGE_BYTES

    def home(self, user: bytes) -> int:
        """Return the partition of a user, whose id is in UTF-8."""
        return partition_of(user, self.n_partitions)

    def elsewhere(self, user: bytes, record: ConsumerRecord) -> Misplaced | Rejected | None:
        """Return what a record counts as if its user belongs to another partition; None: it counts here.

        It is `Rejected` if the topic of the user's partition would refuse it. So it is if a worker that knew as many
        partitions forwarded it, since it would go round for ever.
        """
        home = self.home(user)
        if home == record.partition:
            return None
        if _forwarded_among(record) >= self.n_partitions:
            return rejected(Reason.MISPLACED, f"forwarded before, and not in the user's partition {home}")
        if (n_bytes := _message_bytes(record)) > self.message_bytes_max:
            too_large = f"{n_bytes} bytes cannot be forwarded to partition {home}, which takes {self.message_bytes_max}"
            return rejected(Reason.MISPLACED, too_large)
        return Misplaced(home)

    def forward(self, record: ConsumerRecord, home: int) -> ProducerRecord:
        """Return the record for its user's partition: key, value and headers as received, and where it was."""
        where = {
            "partition": record.partition,
            "offset": record.offset,
            "timestamp_ms": record.timestamp_ms,
            "n_partitions": self.n_partitions,
        }
        kept = [header for header in record.headers if not header[0].startswith(_PREFIX)]
        headers = [*kept, *((_PREFIX + name, str(value).encode()) for name, value in where.items())]
        return ProducerRecord(USER_EVENTS, record.key, record.value, headers, partition=home)

    def check_states(self, partition: int, made_for: int | None, users: Iterable[str]) -> None:
        """Raise MisplacedStateError unless all `users` with a state in `partition` belong there.

        `made_for` is the number of partitions by which the users were placed: 0 during a growth, None without states.
        """
        if partition >= self.n_partitions:
            raise MisplacedStateError(
                f"{USER_EVENTS} had {self.n_partitions} partitions when this worker started, and now has a partition "
                f"{partition}: stop all workers, and {self.remedy(partition + 1)}"
            )
        n_misplaced = sum(self.home(user.encode()) != partition for user in users)
        if n_misplaced or made_for not in (None, self.n_partitions):
            raise MisplacedStateError(
                f"partition {partition} holds states of {n_misplaced} users of other partitions: "
                f"{_placed_by(made_for)}, and {USER_EVENTS} has {self.n_partitions}. Stop all workers, and "
                f"{self.remedy(self.n_partitions)}, which moves them; nothing was processed"
            )

    @staticmethod
    def remedy(n_partitions: int) -> str:
        """Return what to run."""
        return f"run `segue topics grow --partitions {n_partitions}`"


def _placed_by(made_for: int | None) -> str:
    if made_for == 0:
        return "`segue topics grow` has not finished"
    return f"users were placed among {made_for} partitions" if made_for else "users were placed by another rule"


def _forwarded_among(record: ConsumerRecord) -> int:
    """Return the number of partitions that a forwarding worker knew; 0 for a record that was not forwarded."""
    for name, value in record.headers:
        if name == N_PARTITIONS_HEADER:
            try:
                return int(value)
            except ValueError:
                return 0
    return 0


def _message_bytes(record: ConsumerRecord) -> int:
    headers = sum(_HEADER_BYTES + len(name.encode(errors="replace")) + len(value) for name, value in record.headers)
    return _OVERHEAD_BYTES + len(record.key or b"") + len(record.value or b"") + headers
