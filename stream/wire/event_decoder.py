"""The seam between bytes and content of `user-events`.

Another encoding of user events (Avro, Protobuf) is another class with these methods. `tests/contracts` has the suite
for every implementation. A decoder of flat events builds a `Flat` and returns `event_of(flat, ...)`. One that gains
nothing from a batch returns `decode_one_by_one(self.decode, records)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from stream.core.event import Content, Record
from stream.core.records import Records
from stream.wire.records import ConsumerRecord


class EventDecoder(Protocol):
    """A decoder of the records of `user-events`: stateless, deterministic, and total."""

    def decode(self, record: ConsumerRecord) -> Content:
        """Return the content of a record. Bad data never raises: the content is a `Rejected` with a `Reason`."""
        ...

    def decode_batch(self, records: Sequence[ConsumerRecord]) -> Records:
        """Return `decode` of each record as columns, with the times at which the topic received them."""
        ...


def decode_one_by_one(decode: Callable[[ConsumerRecord], Content], records: Sequence[ConsumerRecord]) -> Records:
    """Return the contents of records as columns."""
    return Records.of(Record(record.offset, record.timestamp_ms, decode(record)) for record in records)
