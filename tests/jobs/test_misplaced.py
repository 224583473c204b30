"""Messages in another partition than their user's: forwarded once, applied at home, and never a second state."""

from __future__ import annotations

import json

import pytest

from stream.core.reasons import Reason
from stream.formats.decoder import FormatDecoder
from stream.jobs.model_source import FixedModel
from stream.jobs.segmenter import Segmenter
from stream.wire.fields import Fields
from stream.wire.placement import MisplacedStateError, Placement, partition_of
from stream.wire.records import ConsumerRecord, Headers, ProducerRecord
from stream.wire.state_rebuilder import StateRebuilder
from stream.wire.topics import DEAD_LETTERS, USER_EVENTS, USER_SEGMENTS
from tests.core.builders import ENCODER, MODEL, POLICY, START_MS

ANN = b"ann"
HOME = partition_of(ANN, 2)
ELSEWHERE = 1 - HOME
MILK: dict[str, object] = {"user_id": "ann", "text": "milk", "timestamp": START_MS, "id": "1"}
ERASE: dict[str, object] = {"type": "erase", "userId": "ann"}


class Partitions:
    """Partitions of one topic, each with a segmenter that owns it; what is forwarded arrives."""

    def __init__(self, placement: Placement) -> None:
        self.segmenter = Segmenter("g", ENCODER, POLICY, FormatDecoder(Fields(), None), FixedModel(MODEL), placement)
        self.segmenter.prepare()
        self.messages: list[ProducerRecord] = []
        self.counts: list[dict[str, int]] = []
        self._offsets = [0] * placement.n_partitions
        for partition in range(placement.n_partitions):
            self.segmenter.restore(partition, self.segmenter.state_reader())

    def send(
        self,
        partition: int,
        content: dict[str, object] | bytes,
        headers: Headers | None = None,
        key: bytes | None = ANN,
    ) -> None:
        """Let the record and everything that is forwarded be processed."""
        value = content if isinstance(content, bytes) else json.dumps(content).encode()
        record = ConsumerRecord(USER_EVENTS, partition, self._offsets[partition], START_MS, key, value, headers or [])
        self._offsets[partition] += 1
        batch = self.segmenter.process(partition, [record], 0)
        self.segmenter.merge(batch)
        self.counts.append(dict(batch.summary.outcomes))
        for message in batch.messages:
            self.messages.append(message)
            if message.topic == USER_EVENTS:
                assert message.partition is not None
                assert message.key == key
                self.send(message.partition, message.value or b"", message.headers, key)

    def users(self) -> dict[int, list[str]]:
        return {p: state.names() for p, state in self.segmenter.partitions.items() if len(state)}

    def topics(self) -> list[str]:
        return [message.topic for message in self.messages]

    def reasons(self) -> list[bytes]:
        return [dict(m.headers)["segue.error.reason"] for m in self.messages if m.topic == DEAD_LETTERS]


def test_an_event_in_the_wrong_partition_is_applied_in_the_users_and_nowhere_else() -> None:
    topic = Partitions(Placement(2))
    topic.send(ELSEWHERE, MILK)
    topic.send(HOME, MILK | {"id": "2"})
    assert topic.users() == {HOME: ["ann"]}
    assert topic.counts == [{"forwarded": 1}, {"applied": 1}, {"applied": 1}]
    assert dict(topic.segmenter.partitions[HOME].users())["ann"].n_events == 2


def test_a_forwarded_record_keeps_key_value_and_headers_and_says_where_it_was() -> None:
    topic = Partitions(Placement(2))
    value = json.dumps(MILK).encode() + b"  "
    topic.send(ELSEWHERE, value, [("trace", b"7"), ("trace", b"8")])
    [forwarded] = [message for message in topic.messages if message.topic == USER_EVENTS]
    assert forwarded.value == value
    assert forwarded.headers == [
        ("trace", b"7"),
        ("trace", b"8"),
        ("segue.forwarded.partition", b"%d" % ELSEWHERE),
        ("segue.forwarded.offset", b"0"),
        ("segue.forwarded.timestamp_ms", str(START_MS).encode()),
        ("segue.forwarded.n_partitions", b"2"),
    ]


def test_an_erasure_in_the_wrong_partition_reaches_its_user() -> None:
    topic = Partitions(Placement(2))
    topic.send(HOME, MILK)
    topic.send(ELSEWHERE, ERASE)
    assert topic.users() == {}
    assert ProducerRecord(USER_SEGMENTS, ANN, None, []) in topic.messages


@pytest.mark.parametrize("partition", [HOME, ELSEWHERE])
def test_an_erasure_without_a_key_reaches_its_user_wherever_it_lies(partition: int) -> None:
    topic = Partitions(Placement(2))
    topic.send(HOME, MILK)
    topic.send(partition, ERASE, key=None)
    assert topic.users() == {}
    assert ProducerRecord(USER_SEGMENTS, ANN, None, []) in topic.messages


def test_a_repeat_of_a_forward_changes_nothing_even_without_an_event_id() -> None:
    topic = Partitions(Placement(2))
    plain = {name: value for name, value in MILK.items() if name != "id"}
    for _ in range(2):
        topic.send(ELSEWHERE, plain)
    assert topic.counts == [{"forwarded": 1}, {"applied": 1}, {"forwarded": 1}, {"duplicate": 1}]


def test_a_declaration_in_the_wrong_partition_is_forwarded_too() -> None:
    topic = Partitions(Placement(2))
    topic.send(ELSEWHERE, {"type": "identify", "userId": "ann", "traits": {"vip": True}})
    assert dict(dict(topic.segmenter.partitions[HOME].users())["ann"].traits) == {"vip": True}


def test_a_record_that_went_round_among_as_many_partitions_is_a_dead_letter() -> None:
    topic = Partitions(Placement(2))
    topic.send(ELSEWHERE, MILK, [("segue.forwarded.n_partitions", b"2")])
    assert topic.topics() == [DEAD_LETTERS]
    assert topic.reasons() == [Reason.MISPLACED.encode()]


@pytest.mark.parametrize("known", [b"1", b"", b"\xff", b"many", b"9" * 5_000])
def test_a_record_forwarded_among_fewer_partitions_or_by_a_stranger_is_forwarded(known: bytes) -> None:
    topic = Partitions(Placement(2))
    topic.send(ELSEWHERE, MILK, [("segue.forwarded.n_partitions", known), ("segue.forwarded.offset", b"9")])
    assert topic.users() == {HOME: ["ann"]}
    [forwarded] = [message for message in topic.messages if message.topic == USER_EVENTS]
    assert [value for name, value in forwarded.headers if name == "segue.forwarded.n_partitions"] == [b"2"]


def test_what_the_topic_would_refuse_is_a_dead_letter_and_not_a_turn_that_never_ends() -> None:
    large, small = MILK | {"text": "milk " * 400}, MILK
    topic = Partitions(Placement(2, message_bytes_max=1_500))
    topic.send(ELSEWHERE, large)
    topic.send(ELSEWHERE, small)
    assert topic.reasons() == [Reason.MISPLACED.encode()]
    assert topic.counts == [{"rejected": 1}, {"forwarded": 1}, {"applied": 1}]


def test_a_bad_message_stays_where_it_is() -> None:
    topic = Partitions(Placement(2))
    topic.send(ELSEWHERE, b"{")
    topic.send(ELSEWHERE, {"type": "alias", "userId": "ann", "previousId": "x"})
    assert topic.topics() == [DEAD_LETTERS]
    assert topic.counts == [{"rejected": 1}, {"ignored": 1}]


def test_the_first_forwarded_record_of_a_batch_is_named_for_the_log() -> None:
    topic = Partitions(Placement(2))
    records = [
        ConsumerRecord(USER_EVENTS, ELSEWHERE, at, START_MS, ANN, json.dumps(ERASE).encode(), []) for at in (5, 6)
    ]
    assert topic.segmenter.process(ELSEWHERE, records, 0).summary.first_forwarded == (ELSEWHERE, 5)


def after_a_growth() -> tuple[Segmenter, StateRebuilder]:
    """A segmenter that knows two partitions, and what a worker wrote that knew one."""
    record = ConsumerRecord(USER_EVENTS, 0, 0, START_MS, ANN, json.dumps(MILK).encode(), [])
    before = Partitions(Placement(1)).segmenter.process(0, [record], 0)
    grown = Partitions(Placement(2)).segmenter
    reader = grown.state_reader()
    for put in before.puts:
        reader.add(put.key, put.value)
    return grown, reader


def test_states_of_users_of_another_partition_are_not_taken_over() -> None:
    grown, reader = after_a_growth()
    with pytest.raises(MisplacedStateError, match=r"1 users of other .* among 1 .* has 2.*grow --partitions 2`"):
        grown.restore(ELSEWHERE, reader)


def test_a_partition_written_among_another_number_is_not_taken_over_even_without_misplaced_users() -> None:
    grown, reader = after_a_growth()
    with pytest.raises(MisplacedStateError, match=r"0 users of other .*grow --partitions 2`"):
        grown.restore(HOME, reader)


def test_a_partition_that_came_after_the_workers_start_is_not_taken_over() -> None:
    segmenter = Partitions(Placement(2)).segmenter
    with pytest.raises(MisplacedStateError, match=r"had 2 partitions .* partition 5: .*grow --partitions 6`"):
        segmenter.restore(5, segmenter.state_reader())
