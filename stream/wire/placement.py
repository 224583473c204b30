"""The partition of a user, and messages that lie in another one.

A user has one state, in the partition of the user's key. That is murmur2 of the user id modulo the number of
partitions of `user-events`, as in Kafka's Java client. A message elsewhere is forwarded there, once, and not applied
here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from kafka.partitioner.default import murmur2
from numpy.typing import NDArray

from stream.core.arrays import Ints
from stream.core.event import Misplaced, Rejected
from stream.core.reasons import Reason
from stream.wire.reasons import rejected
from stream.wire.records import ConsumerRecord, ProducerRecord
from stream.wire.topics import LARGEST_MESSAGE_BYTES, USER_EVENTS

_PREFIX = "segue.forwarded."
N_PARTITIONS_HEADER = _PREFIX + "n_partitions"
_OVERHEAD_BYTES = 512  # of a record batch, and of the headers that a forwarded record gets
_HEADER_BYTES = 10

_SEED, _FACTOR = 0x9747B28C, np.uint32(0x5BD1E995)  # of murmur2
_FEW = 8  # below, a key at a time is faster


class MisplacedStateError(RuntimeError):
    """States lie in partitions that are not their users': nothing may be processed until they are moved."""


def partition_of(key: bytes | None, n_partitions: int) -> int:
    """Return a key's partition by Kafka's default partitioner; 0 for None."""
    return 0 if key is None else (murmur2(key) & 0x7FFFFFFF) % n_partitions


def partitions_of(keys: Sequence[bytes], n_partitions: int) -> Ints:
    """Return `partition_of` each key. Keys of one length are hashed together."""
    lengths = np.fromiter(map(len, keys), np.int64, len(keys))
    found = np.empty(len(keys), np.int64)
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        same = [keys[row] for row in rows.tolist()]
        few = len(same) < _FEW
        hashes = np.array([murmur2(key) for key in same], np.int64) if few else _murmur2_of(same)
        found[rows] = (hashes & 0x7FFFFFFF) % n_partitions
    return found


def _murmur2_of(keys: Sequence[bytes]) -> Ints:
    """Return murmur2 of keys of one length, as in Kafka's Java client; integers of 32 bits wrap around."""
    length = len(keys[0])
    chars = np.frombuffer(b"".join(keys), np.uint8).reshape(len(keys), length)
    hashes: NDArray[np.uint32] = np.full(len(keys), _SEED ^ length, np.uint32)
    n_words = length // 4
    for word in np.ascontiguousarray(chars[:, : 4 * n_words]).view("<u4").reshape(len(keys), n_words).T:
        mixed: NDArray[np.uint32] = word.astype(np.uint32) * _FACTOR
        mixed = (mixed ^ (mixed >> np.uint32(24))) * _FACTOR
        hashes = (hashes * _FACTOR) ^ mixed
    for at in range(4 * n_words, length):
        hashes ^= chars[:, at].astype(np.uint32) << np.uint32(8 * (at % 4))
    if length % 4:
        hashes *= _FACTOR
    hashes = (hashes ^ (hashes >> np.uint32(13))) * _FACTOR
    return (hashes ^ (hashes >> np.uint32(15))).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Placement:
    """Partitions of `user-events` at the start of a worker, and the largest message that the topic takes."""

    n_partitions: int
    message_bytes_max: int = LARGEST_MESSAGE_BYTES

    def homes(self, users: Sequence[bytes]) -> Ints:
        """Return the partitions of users, whose ids are in UTF-8."""
        return partitions_of(users, self.n_partitions)

    def elsewhere(self, record: ConsumerRecord, home: int) -> Misplaced | Rejected:
        """Return what a record of a user of another partition counts as.

        It is `Rejected` if that partition would refuse it. So it is if a worker that knew as many partitions forwarded
        it, since it would go round for ever.
        """
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

    def check_states(self, partition: int, made_for: int | None, users: Sequence[bytes]) -> None:
        """Raise MisplacedStateError unless all `users` with a state in `partition` belong there.

        `made_for` is the number of partitions by which the users were placed: 0 during a growth, None without states.
        """
        if partition >= self.n_partitions:
            raise MisplacedStateError(
                f"{USER_EVENTS} had {self.n_partitions} partitions when this worker started, and now has a partition "
                f"{partition}: stop all workers, and {self.remedy(partition + 1)}"
            )
        n_misplaced = int(np.count_nonzero(self.homes(users) != partition))
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
