"""The seam between bytes and content of `user-events`.

Another encoding of user events (Avro, Protobuf) is another class with this method. `tests/contracts` has the suite for
every implementation. A decoder of flat events builds a `Flat` and returns `event_of(flat, ...)`.
"""

from __future__ import annotations

from typing import Protocol

from stream.core.event import Content
from stream.wire.records import ConsumerRecord


class EventDecoder(Protocol):
    """A decoder of the records of `user-events`: stateless, deterministic, and total."""

    def decode(self, record: ConsumerRecord) -> Content:
        """Return the content of a record. Bad data never raises: the content is a `Rejected` with a `Reason`."""
        ...
