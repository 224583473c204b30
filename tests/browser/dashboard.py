"""A dashboard over a store that the test writes to while pages are open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import time

import msgspec
from starlette.types import ASGIApp

from stream.kafka.reader import Read
from stream.serve.app import build_app
from stream.serve.identity import Identity
from stream.serve.parts import Parts
from stream.settings import ServeSettings
from stream.store.freshness import Freshness, State
from stream.store.writer import StoreWriter
from stream.wire.changes import SegmentChange
from stream.wire.records import ProducerRecord
from stream.wire.topics import SEGMENT_CHANGES, USER_SEGMENTS
from tests.browser.server import serving
from tests.serve.pages.stored import records, user_segment

IDENTITY = Identity(True, "salt", b"k" * 32)


@dataclass
class Dashboard:
    """A dashboard at `address`. `state` is what its reading of topics says."""

    writer: StoreWriter
    address: str = ""
    state: State = State.LIVE
    offsets: Counter[str] = field(default_factory=Counter)

    def publish(self, messages: Iterable[ProducerRecord]) -> int:
        """Write messages as one transaction, as if they were on their topics; return the revision."""
        reads = []
        for message in messages:
            offset = self.offsets[message.topic]
            self.offsets[message.topic] += 1
            n = sum(self.offsets.values())
            reads.append(Read(message.topic, 0, offset, n, message.key, message.value, message.headers))
        return self.writer.apply(reads)

    def move(self, *changes: SegmentChange) -> int:
        """Publish changes, each with the record of its user."""
        return self.publish(message for change in changes for message in messages_of(change))

    def freshness(self) -> Freshness:
        """Return what the reading of topics says."""
        return Freshness(self.state, 0, 400, int(time() * 1000), self.writer.revision, "")


def messages_of(change: SegmentChange) -> list[ProducerRecord]:
    """Return the messages of a change, as a worker sends them."""
    pair = ((SEGMENT_CHANGES, change), (USER_SEGMENTS, user_segment(change)))
    return [ProducerRecord(topic, change.user.encode(), msgspec.json.encode(value), []) for topic, value in pair]


@contextmanager
def dashboard(
    path: Path, messages: Iterable[ProducerRecord] | None = None, settings: ServeSettings | None = None
) -> Iterator[Dashboard]:
    """Serve a dashboard over a new store with these messages, by default the hand-made ones of the tests of pages."""
    made = Dashboard(StoreWriter(path))
    made.publish(records() if messages is None else messages)

    def app(is_stopping: Callable[[], bool]) -> ASGIApp:
        chosen = settings or ServeSettings()
        clock_ms = lambda: int(time() * 1000)  # noqa: E731
        return build_app(Parts(path, made.freshness, chosen, IDENTITY, clock_ms, is_stopping=is_stopping))

    with serving(app) as made.address:
        yield made
    made.writer.close()
