"""The past of a topic: partitions merged by time, in whatever portions they arrive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import pytest
from confluent_kafka import TopicPartition

from stream.backfill import topic_source
from stream.backfill.source import BackfillError
from stream.backfill.topic_source import TopicSource, check_kept
from stream.formats.decoder import FormatDecoder
from stream.kafka.connection import Connection
from stream.wire.fields import Fields
from stream.wire.records import ConsumerRecord
from tests.core.builders import START_MS


@dataclass
class ListedTopic:
    """A `PartitionReader` of records in memory: each read yields up to `portion` of one started partition."""

    logs: list[list[ConsumerRecord]]
    portion: int
    started: dict[int, int] = field(default_factory=dict)
    n_started: int = 0

    def start(self, topic: str, offsets: Mapping[int, int]) -> None:
        assert not self.started.keys() & offsets.keys()
        self.started |= offsets
        self.n_started += len(offsets)

    def stop(self, topic: str, partitions: Sequence[int]) -> None:
        for partition in partitions:
            del self.started[partition]

    def read(self, n_max: int, wait_s: float) -> tuple[list[ConsumerRecord], list[TopicPartition]]:
        partition = max(self.started)  # the last partition first: others wait
        at = self.started[partition]
        found = [record for record in self.logs[partition] if record.offset >= at][: self.portion]
        if not found:
            return [], [TopicPartition("t", partition, len(self.logs[partition]))]
        self.started[partition] = found[-1].offset + 1
        return found, []

    def close(self) -> None:
        """Do nothing."""


def logs(*times: list[int]) -> list[list[ConsumerRecord]]:
    """Return a log for each list of event times."""
    return [[_event(p, at, ms) for at, ms in enumerate(of_partition)] for p, of_partition in enumerate(times)]


def _event(partition: int, offset: int, at_ms: int) -> ConsumerRecord:
    value = {"user_id": "u", "timestamp": START_MS + at_ms, "id": f"{partition}-{offset}"}
    return ConsumerRecord("t", partition, offset, 0, b"u", msgspec.json.encode(value), [])


@pytest.mark.parametrize("portion", [1, 2, 100])
def test_partitions_are_merged_by_their_largest_time_so_far_up_to_the_bounds(
    portion: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    #  partition 0:   10  30  20  90         20 is late, and counts as 30
    #  partition 1:   15  30  95 | 1         the bound is before 1
    topic = ListedTopic(logs([10, 30, 20, 90], [15, 30, 95, 1], []), portion)
    monkeypatch.setattr(topic_source, "PartitionReader", lambda *_, **__: topic)
    monkeypatch.setattr(topic_source, "from_confluent", lambda record: record)
    monkeypatch.setattr(topic_source, "BUFFERED", 2)
    source = TopicSource(Connection(), "t", FormatDecoder(Fields(), None), ((0, 4), (0, 3), (0, 0)))
    wanted = [(0, 0), (1, 0), (0, 1), (0, 2), (1, 1), (0, 3), (1, 2)]
    assert [(record.partition, record.offset) for record in source.read()] == wanted
    assert topic.started == {}
    assert (topic.n_started > 2) == (portion < 100)  # a full buffer stops its partition for a while


def test_a_past_that_retention_has_shortened_can_not_go_on() -> None:
    check_kept("t", ((0, 5), (3, 3)), ((0, 9), (7, 9)))
    with pytest.raises(BackfillError, match=r"offsets 0 to 5 of partition 0 of t, which now has 2 to 9.*--restart"):
        check_kept("t", ((0, 5),), ((2, 9),))
    with pytest.raises(BackfillError, match="--restart"):
        check_kept("t", ((0, 5),), ((0, 4),))
