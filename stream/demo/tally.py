"""Figures of the demo, read as by any consumer: changes, memberships, catalogue, metrics."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from time import monotonic
from urllib.error import URLError
from urllib.request import urlopen

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from stream.core.transition import Rule
from stream.kafka.connection import Connection
from stream.kafka.partition_reader import PartitionReader
from stream.wire.catalogue import CatalogueEntry
from stream.wire.changes import SegmentChange
from stream.wire.memberships import UserSegment
from stream.wire.topics import SEGMENT_CHANGES, SEGMENTS, USER_SEGMENTS

_LATEST = 8
_RATE_WINDOW_S = 3.0
_READ_MAX = 2_000


@dataclass(slots=True)
class Tally:
    """Totals and the latest changes. `events_done` and `lag` are the worker's own figures.

    A move is a change from one segment to another, not a user's first segment.
    """

    n_changes: int = 0
    n_moves: int = 0
    latest: deque[SegmentChange] = field(default_factory=lambda: deque(maxlen=_LATEST))
    segment_of: dict[str, str] = field(default_factory=dict)  # by user
    catalogue: dict[str, CatalogueEntry] = field(default_factory=dict)
    events_done: int = 0
    lag: int = 0
    _marks: deque[tuple[float, int]] = field(default_factory=deque)

    def sizes(self) -> Counter[str]:
        """Return the number of users in each segment."""
        return Counter(self.segment_of.values())

    def events_per_s(self) -> float:
        """Return the rate over the last 3 seconds, 0.0 before there are two measurements."""
        if len(self._marks) < 2:
            return 0.0
        (first_s, first_n), (last_s, last_n) = self._marks[0], self._marks[-1]
        return (last_n - first_n) / (last_s - first_s) if last_s > first_s else 0.0

    def take(self, topic: str, value: bytes | None) -> None:
        """Count one record of a followed topic."""
        if value is None:
            return
        if topic == SEGMENT_CHANGES:
            self._count(msgspec.json.decode(value, type=SegmentChange))
        elif topic == USER_SEGMENTS:
            membership = msgspec.json.decode(value, type=UserSegment)
            self.segment_of[membership.user] = membership.segment.id
        elif topic == SEGMENTS:
            entry = msgspec.json.decode(value, type=CatalogueEntry)
            self.catalogue[entry.id] = entry

    def measure(self, events_done: int, lag: int) -> None:
        """Store the worker's current figures."""
        self.events_done, self.lag = events_done, lag
        self._marks.append((monotonic(), events_done))
        while self._marks[-1][0] - self._marks[0][0] > _RATE_WINDOW_S:
            self._marks.popleft()

    def _count(self, change: SegmentChange) -> None:
        is_move = change.rule is not Rule.ENTERED
        self.n_changes += 1
        self.n_moves += is_move
        if is_move or len(self.latest) < _LATEST:
            self.latest.append(change)


class Follower:
    """A reader of the outputs and the worker's metrics into a tally."""

    def __init__(self, connection: Connection, n_partitions: int, metrics_url: str) -> None:
        self.tally = Tally()
        self._url = metrics_url
        self._namespace, self._reader = connection.namespace, PartitionReader(connection)
        for topic in (SEGMENT_CHANGES, USER_SEGMENTS):
            self._reader.start(topic, dict.fromkeys(range(n_partitions), 0))
        self._reader.start(SEGMENTS, {0: 0})

    def read(self, wait_s: float) -> None:
        """Count new records, waiting at most `wait_s` seconds, and measure the worker."""
        for message in self._reader.read(_READ_MAX, wait_s).messages:
            self.tally.take(self._namespace.localize(message.topic() or ""), message.value())
        self._scrape()

    def close(self) -> None:
        """Close the connection to the broker."""
        self._reader.close()

    def _scrape(self) -> None:
        try:
            with urlopen(self._url, timeout=1) as answer:
                text = answer.read().decode()
        except (URLError, TimeoutError, ConnectionError):
            return  # starting, or stopping
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        events = sum(s.value for s in samples if s.name == "segue_events_total" and s.labels["outcome"] != "ignored")
        lag = sum(s.value for s in samples if s.name == "segue_lag_records" and s.labels["role"] == "segment")
        self.tally.measure(int(events), int(lag))
