"""The messages of a replay into a store, as if a broker had carried them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from stream.kafka.reader import Read
from stream.store.errors import StoreError
from stream.store.policy import StorePolicy
from stream.store.rows.renewal import TOPICS_READ
from stream.store.store import open_store
from stream.store.writer import DEFAULT_POLICY, StoreWriter
from stream.wire.records import ProducerRecord

MADE_BY, REPLAY = "made_by", "replay"
_BATCH = 5_000


def is_replay(path: Path) -> bool:
    """Return True for the store of a replay, which has no topics behind it; False without a file.

    Raise StoreError for a file that is no store.
    """
    if not path.exists():
        return False
    with closing(open_store(path)) as store:
        return bool(store.fact(MADE_BY) == REPLAY)


class ReplayedStore:
    """A store of one replay. The file is new, or of an earlier replay, which it replaces.

    Raise StoreError for a file that something else made.
    """

    def __init__(self, path: Path, policy: StorePolicy = DEFAULT_POLICY) -> None:
        self._writer = StoreWriter(path, policy)
        if self._writer.revision and self._writer.fact(MADE_BY) != REPLAY:
            self._writer.close()
            raise StoreError(f"{path} is a store of topics: name another file for a replay (SEGUE_STORE)")
        self._writer.fact(MADE_BY, REPLAY)
        for topic in TOPICS_READ:
            self._writer.begin_topic(topic, REPLAY)
        self._n, self._offsets = 0, Counter[str]()
        self._waiting: list[Read] = []

    def take(self, message: ProducerRecord) -> None:
        """Take one message of the replay; those of topics that a store does not read are left out."""
        if message.topic not in TOPICS_READ:
            return
        offset = self._offsets[message.topic]
        self._offsets[message.topic] += 1
        self._n += 1  # in place of a time: it orders the records of all topics
        self._waiting.append(Read(message.topic, 0, offset, self._n, message.key, message.value, message.headers))
        if len(self._waiting) >= _BATCH:
            self._write()

    def close(self) -> None:
        """Write what waits, and close the file."""
        self._write()
        self._writer.close()

    def _write(self) -> None:
        self._writer.apply(self._waiting)
        self._waiting.clear()


@contextmanager
def keeping(path: Path | None, policy: StorePolicy) -> Iterator[Callable[[ProducerRecord], object]]:
    """Give a function that takes messages into a store; without a file it does nothing.

    Messages that came before an exception are kept. Raise what `ReplayedStore` raises.
    """
    if path is None:
        yield lambda _: None
        return
    store = ReplayedStore(path, policy)
    try:
        yield store.take
    finally:
        store.close()
