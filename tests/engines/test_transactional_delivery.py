"""Every message goes to the partition that it names, or to the one of its key; refusals end a turn or a worker."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import takewhile
from types import SimpleNamespace
from typing import Any, cast

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer

from stream.engines.transactional.delivery import AtLeastOnce
from stream.engines.transactional.outbox import BY_KEY, Aborted, Outbox, Route
from stream.kafka.connection import Connection
from stream.kafka.namespace import Namespace
from stream.kafka.undeliverable import UndeliverableError
from stream.runtime.job import Batch, BatchSummary
from stream.wire.dead_letters import framed_bytes
from stream.wire.records import Headers, ProducerRecord
from stream.wire.state_records import Put
from stream.wire.topics import DEAD_LETTER_BYTES_MAX, DEAD_LETTERS

ROUTE = Route(Namespace("eu."), "user-events", "state")


class FakeMessage:
    """A refused message, as a delivery report shows it."""

    def __init__(self, topic: str, value: bytes | None) -> None:
        self._topic, self._value = topic, value

    def topic(self) -> str:
        return self._topic

    def key(self) -> bytes:
        return b"k"

    def value(self) -> bytes | None:
        return self._value


class FakeProducer:
    """Notes what it is asked to send. Refuses messages of a topic above a size, in a report or at once."""

    def __init__(
        self, refuses: str = "", code: int = 10, above: int = 0, at_once: bool = False, room: int = 1_000
    ) -> None:
        self.sent: list[tuple[str, int]] = []
        self.values: list[bytes | None] = []
        self.room = self._room = room
        self.batches: list[list[int]] = [[]]
        self._refuses, self._code, self._above, self._at_once = refuses, code, above, at_once
        self._settings: dict[str, Any] = {}

    def connect(self, settings: dict[str, object]) -> Producer:
        self._settings = settings
        return cast(Producer, self)

    def produce(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None,
        partition: int,
        headers: Headers | None = None,
    ) -> None:
        self.sent.append((topic, partition))
        n_bytes = framed_bytes(ProducerRecord(topic, key, value, headers or []))
        self.batches[-1].append(n_bytes)
        if topic == self._refuses and n_bytes > self._above:
            error = KafkaError(self._code)
            if self._at_once:
                raise KafkaException(error)
            self._settings["on_delivery"](error, FakeMessage(topic, value))

    def produce_batch(self, topic: str, messages: list[dict[str, Any]], partition: int) -> int:
        """Mark refused messages, and all after the first without a place, as the client does."""
        good = 0
        for at, each in enumerate(messages):
            if self.room == 0:
                for left in messages[at:]:
                    left["_error"] = KafkaError(KafkaError._QUEUE_FULL)
                break
            try:
                self.produce(topic, each["value"], key=each["key"], partition=partition)
            except KafkaException as exception:
                each["_error"] = exception.args[0]
                continue
            self.values.append(each["value"])
            self.room, good = self.room - 1, good + 1
        return good

    def poll(self, _: float) -> None:
        """Reports come at once, and the queue drains."""
        self.room = self._room

    def flush(self, _: float) -> int:
        self.batches.append([])
        return 0


def batch(messages: Sequence[ProducerRecord] = (), puts: Sequence[Put] = ()) -> Batch[None]:
    return Batch(1, list(puts), list(messages), 1, None, BatchSummary(1, 0, 0))


def letter(n_bytes: int) -> ProducerRecord:
    return ProducerRecord(DEAD_LETTERS, b"ann", b"x" * n_bytes, [("segue.error.reason", b"not_json")])


def delivered(outbox: Outbox, *letters: ProducerRecord) -> bool:
    """Send the letters as one turn. Return False if the turn comes again."""
    outbox.send_messages([batch(letters)])
    try:
        outbox.check()
    except Aborted:
        return False
    return True


def test_a_message_with_a_partition_goes_there_and_any_other_by_its_key() -> None:
    producer = FakeProducer()
    messages = [
        ProducerRecord("changes", b"ann", b"{}", []),
        ProducerRecord("user-events", b"ann", b"{}", [], partition=0),
        ProducerRecord("user-events", b"ann", b"{}", [], partition=3),
    ]
    outbox = Outbox(ROUTE, {}, producer.connect)
    outbox.send_messages([batch(messages)])
    outbox.check()
    assert producer.sent == [("eu.changes", BY_KEY), ("eu.user-events", 0), ("eu.user-events", 3)]


def test_puts_wait_for_room_in_the_queue_and_keep_their_order() -> None:
    producer = FakeProducer(room=4)
    values = [b"%d" % at for at in range(10)] + [None]
    Outbox(ROUTE, {}, producer.connect).send_puts([batch(puts=[Put(b"k", value) for value in values])])
    assert producer.values == values
    assert set(producer.sent) == {("eu.state", 1)}


@pytest.mark.parametrize("limit", [40_000, 1_048_588, DEAD_LETTER_BYTES_MAX])
def test_dead_letters_are_cut_until_their_topic_takes_them(limit: int) -> None:
    producer = FakeProducer("eu." + DEAD_LETTERS, above=limit)
    outbox = Outbox(ROUTE, {}, producer.connect)
    refused = takewhile(lambda taken: not taken, (delivered(outbox, letter(DEAD_LETTER_BYTES_MAX)) for _ in range(12)))
    n_refused = len(list(refused))
    taken = producer.batches[-1][-1]
    assert limit / 2 - 100 <= taken <= limit
    assert n_refused == next(n for n in range(12) if DEAD_LETTER_BYTES_MAX >> n <= limit)


def test_letters_for_a_topic_with_a_small_limit_are_not_sent_in_one_batch() -> None:
    producer = FakeProducer("eu." + DEAD_LETTERS, above=40_000)
    outbox = Outbox(ROUTE, {}, producer.connect)
    while not delivered(outbox, letter(DEAD_LETTER_BYTES_MAX)):
        pass
    producer.batches.clear()
    producer.flush(0)
    outbox.send_messages([batch([letter(10_000)] * 10)])
    assert sum(map(len, producer.batches)) == 10
    assert all(sum(together) <= 40_000 for together in producer.batches)


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize(
    ("code", "change"), [(10, "max.message.bytes"), (29, "grant this user Write"), (87, "configuration"), (3, "create")]
)
def test_what_the_cluster_refuses_for_good_names_the_topic_and_what_to_change(
    code: int, change: str, at_once: bool
) -> None:
    outbox = Outbox(ROUTE, {}, FakeProducer("eu.state", code, at_once=at_once).connect)
    if at_once:
        with pytest.raises(KafkaException):
            outbox.send_puts([batch(puts=[Put(b"k", b"x" * 50)])])
    else:
        outbox.send_puts([batch(puts=[Put(b"k", b"x" * 50)])])
    with pytest.raises(UndeliverableError, match=rf"^eu\.state refuses a record of 51 bytes for good .*{change}"):
        outbox.check()


def test_a_broker_that_is_away_ends_the_turn_and_not_the_worker() -> None:
    outbox = Outbox(ROUTE, {}, FakeProducer("eu.state", KafkaError._MSG_TIMED_OUT).connect)
    outbox.send_puts([batch(puts=[Put(b"k", b"v")])])
    with pytest.raises(Aborted, match=r"eu\.state"):
        outbox.check()
    outbox.check()  # the next turn begins without it


def test_a_fatal_error_of_the_client_is_one_also_if_a_report_followed_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """librdkafka serves reports after the error in one call, and CPython makes a SystemError of both."""
    fatal = KafkaException(KafkaError(KafkaError.INVALID_PRODUCER_EPOCH, fatal=True))

    def served(_: FakeProducer, __: float) -> int:
        raise SystemError("returned a result with an exception set") from fatal

    made = AtLeastOnce(Connection("127.0.0.1:1"), ROUTE)
    made._outbox = Outbox(ROUTE, {}, FakeProducer().connect)
    for call in ("poll", "flush"):
        with monkeypatch.context() as context:
            context.setattr(FakeProducer, call, served)
            with pytest.raises(KafkaException) as caught:
                made.begin([batch(puts=[Put(b"k", b"v")])], cast(Any, None))()
        assert caught.value is fatal


def test_offsets_are_committed_on_the_thread_that_polls_the_consumer() -> None:
    """A commit on another thread, while the consumer is polled, was seen to hang at the end of a topic."""
    made, committed = AtLeastOnce(Connection("127.0.0.1:1"), ROUTE), list[int]()
    made._outbox = Outbox(ROUTE, {}, FakeProducer().connect)
    consumer = SimpleNamespace(commit=lambda **_: committed.append(threading.get_ident()))
    deliver = made.begin([batch(puts=[Put(b"k", b"v")])], cast(Any, consumer))
    other = threading.Thread(target=deliver)
    other.start()
    other.join()
    assert committed == [threading.get_ident()]


def test_a_letter_that_is_refused_at_the_smallest_size_names_the_topic() -> None:
    outbox = Outbox(ROUTE, {}, FakeProducer("eu." + DEAD_LETTERS, above=100).connect)
    for _ in range(10):  # from 16 MiB to 16 KiB
        assert not delivered(outbox, letter(50_000))
    with pytest.raises(UndeliverableError, match=r"^eu\.user-events\.dlq refuses"):
        delivered(outbox, letter(50_000))
