"""A history of `user-segments` and `segment-changes` with all that a consumer must not fall for.

ann changes twice, and the first change is repeated. bob moved to another partition: his newer record is in a partition
that may be read before that of his older one and of the tombstone of the move. gone was erased, and changed before. A
transaction that was aborted has records of nobody. Each partition ends with a record of `end`.
"""

from __future__ import annotations

import msgspec
from confluent_kafka import Producer

from stream.kafka.admin import create_topics
from stream.kafka.connection import Connection
from stream.wire.changes import SegmentChange, SegmentRef, change_id
from stream.wire.memberships import UserSegment
from stream.wire.topics import SEGMENT_CHANGES, USER_SEGMENTS
from stream.wire.user_tables import MOVED_HEADER
from tests.published_records import published_records

N_PARTITIONS = 2
START_MS = 1_700_000_000_000


class History:
    """A writer of the history; `ids` has the `ce_id` of each change, by user and sequence."""

    def __init__(self, connection: Connection) -> None:
        create_topics(connection, "segue", N_PARTITIONS, 1)
        self._qualify = connection.namespace.qualify
        self._producer = Producer(connection.confluent() | {"transactional.id": self._qualify("history")})
        self._producer.init_transactions()
        self.ids: dict[tuple[str, int], str] = {}

    def begin(self) -> None:
        """Write a transaction that is aborted, and all but the last change of ann."""
        self._producer.begin_transaction()
        self._user("nobody", 0, 1, "s-0001")
        self._change("nobody", 1, 0)
        self._producer.flush()
        self._producer.abort_transaction()
        self._producer.begin_transaction()
        self._user("ann", 0, 1, "s-0001")
        self._user("bob", 1, 1, "s-0001")
        self._user("bob", 0, 5, "s-0002")
        self._tombstone("bob", 1, 5, moved=True)
        self._user("gone", 0, 1, "s-0001")
        self._tombstone("gone", 0, 5)
        self._change("gone", 1, 2)
        for sequence in (1, 2, 1):
            self._change("ann", sequence, sequence)
        self._end(1)

    def go_on(self) -> None:
        """Write a third change of ann."""
        self._producer.begin_transaction()
        self._user("ann", 0, 8, "s-0003")
        self._change("ann", 3, 8)
        self._end(2)

    def _end(self, sequence: int) -> None:
        for partition in range(N_PARTITIONS):
            self._user(f"end-{partition}", partition, 10 + sequence, f"s-{sequence}")
        self._change("end", sequence, 10 + sequence)
        self._producer.commit_transaction()

    def _user(self, user: str, partition: int, at: int, segment: str) -> None:
        record = next(each for each in published_records() if each.topic == USER_SEGMENTS and each.value)
        value = msgspec.json.decode(record.value or b"", type=UserSegment)
        value = msgspec.structs.replace(value, user=user, segment=SegmentRef(segment, segment))
        self._write(USER_SEGMENTS, partition, user, msgspec.json.encode(value), at, record.headers)

    def _tombstone(self, user: str, partition: int, at: int, moved: bool = False) -> None:
        self._write(USER_SEGMENTS, partition, user, None, at, [(MOVED_HEADER, b"0")] if moved else [])

    def _change(self, user: str, sequence: int, at: int) -> None:
        record = next(each for each in published_records() if each.topic == SEGMENT_CHANGES)
        value = msgspec.json.decode(record.value or b"", type=SegmentChange)
        value = msgspec.structs.replace(value, user=user, sequence=sequence, to=SegmentRef(f"s-{sequence}", "name"))
        self.ids[user, sequence] = change_id(user, sequence, START_MS + at)
        headers = {**dict(record.headers), "ce_id": self.ids[user, sequence].encode()}
        self._write(SEGMENT_CHANGES, 0, user, msgspec.json.encode(value), at, list(headers.items()))

    def _write(
        self, topic: str, partition: int, user: str, value: bytes | None, at: int, headers: list[tuple[str, bytes]]
    ) -> None:
        name = self._qualify(topic)
        self._producer.produce(name, value, user.encode(), partition, timestamp=START_MS + at, headers=[*headers])
