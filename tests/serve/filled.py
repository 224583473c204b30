"""A store with the records of the real jobs, and the application over it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from starlette.testclient import TestClient

from stream.kafka.reader import Read
from stream.serve.app import build_app
from stream.serve.identity import Identity
from stream.serve.parts import Explain, Parts
from stream.settings import ServeSettings
from stream.store.freshness import Freshness, State
from stream.store.rows.renewal import TOPICS_READ
from stream.store.writer import StoreWriter
from stream.wire.records import ProducerRecord
from stream.wire.topics import PROFILE_SAMPLE, SEGMENT_CHANGES, USER_SEGMENTS
from tests.published_records import published_records

SCRIPT = "<script>alert(1)</script>"
KNOWN = "ann"
STRANGE = (SCRIPT, "a/b", "a%2Fb", "..", "\0", "é 🎈", "مرحبا", "x" * 256, "?#&=+ ")  # users that are known too
ERASED = "gone"
CLOCK_MS = 1_800_000_000_000
_OF_USERS = (SEGMENT_CHANGES, USER_SEGMENTS, PROFILE_SAMPLE)
IDENTITY = Identity(member_ids=False, salt="segue", key=b"k" * 32)


def filled_store(folder: Path) -> Path:
    """Return a store of a segmenter's and a trainer's records, of STRANGE users, and of one that was erased."""
    path = folder / "filled.sqlite"
    records = [*published_records(), *_strange(), ProducerRecord(USER_SEGMENTS, ERASED.encode(), None, [])]
    write(path, records)
    return path


def trained_store(folder: Path) -> Path:
    """Return a store of a trainer's records alone: they are of another time than the segmenter's."""
    path = folder / "trained.sqlite"
    write(path, [record for record in published_records() if record.topic not in _OF_USERS])
    return path


def empty_store(folder: Path) -> Path:
    """Return a store that nothing was read into."""
    path = folder / "empty.sqlite"
    write(path, [])
    return path


def write(path: Path, records: Sequence[ProducerRecord]) -> None:
    """Write records into a store as if a broker had carried them."""
    writer, offsets = StoreWriter(path), Counter[str]()
    reads = []
    for record in records:
        if record.topic not in TOPICS_READ:
            continue
        reads.append(Read(record.topic, 0, offsets[record.topic], 0, record.key, record.value, record.headers))
        offsets[record.topic] += 1
    writer.apply(reads)
    writer.close()


def parts(path: Path, explain: Explain | None = None, **settings: Any) -> Parts:
    """Return parts over a store that is live."""

    def freshness() -> Freshness:
        return Freshness(State.LIVE, 3, 1_500, CLOCK_MS - 60_000, 7, "")

    return Parts(path, freshness, ServeSettings(**settings), IDENTITY, lambda: CLOCK_MS, explain)


@contextmanager
def asking(made: Parts) -> Iterator[TestClient]:
    """Give a client of the application, as a program on this machine would be."""
    with TestClient(build_app(made), base_url="http://127.0.0.1:8765", raise_server_exceptions=False) as client:
        yield client


def value_of(topic: str, user: str) -> dict[str, Any]:
    """Return the newest JSON of a user on a topic."""
    found = [r.value for r in published_records() if r.topic == topic and r.key == user.encode() and r.value]
    value: dict[str, Any] = msgspec.json.decode(found[-1])
    return value


def changes_of(user: str) -> list[dict[str, Any]]:
    """Return the changes of a user as on the topic, the newest first."""
    values = [r.value for r in published_records() if r.topic == SEGMENT_CHANGES and r.key == user.encode()]
    return [msgspec.json.decode(value) for value in reversed(values) if value]


def _strange() -> Iterator[ProducerRecord]:
    """Yield records of KNOWN as if they were of other users, the erased one included."""
    for user in (*STRANGE, ERASED):
        for topic in (SEGMENT_CHANGES, USER_SEGMENTS):
            value = msgspec.json.encode(value_of(topic, KNOWN) | {"user": user, "sequence": 1})
            yield ProducerRecord(topic, user.encode(), value, [])
