"""Dead letters read back: the message behind a letter, its count, and the marks of those sent again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.output import Rejection
from stream.core.reasons import Reason
from stream.wire.dead_letters import dead_letter
from stream.wire.records import ConsumerRecord, ProducerRecord
from stream.wire.redriving import DeadLetter, Mark, dead_letter_of, mark_of, message_of, read_mark

OWN = [("ce_id", b"a-1"), ("trace", b"\xff")]


def letter_of(record: ProducerRecord, offset: int = 5) -> DeadLetter:
    """The letter as it is read from the topic."""
    return dead_letter_of(offset, 1_000, record.key, record.value, record.headers)


def refused(
    key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]], reason: Reason = Reason.NOT_JSON
) -> DeadLetter:
    """The letter that a worker makes of a message."""
    return letter_of(
        dead_letter(Rejection(7, reason, "why"), ConsumerRecord("user-events", 2, 7, 9, key, value, headers))
    )


@given(st.none() | st.binary(max_size=9), st.none() | st.binary(max_size=9), st.binary(max_size=9))
def test_the_message_sent_again_is_the_one_received_but_for_its_count(
    key: bytes | None, value: bytes | None, header: bytes
) -> None:
    message = message_of(refused(key, value, [("trace", header)]))
    assert message == ProducerRecord("user-events", key, value, [("trace", header), ("segue.redriven", b"1")])


def test_a_message_that_comes_back_counts_up_and_carries_no_earlier_reason() -> None:
    message = message_of(refused(b"7", b"{", OWN))
    for n in (1, 2, 3):
        letter = refused(message.key, message.value, message.headers)
        assert letter.n_redriven == n
        message = message_of(letter)
        assert message.headers == [*OWN, ("segue.redriven", b"%d" % (n + 1))]


@pytest.mark.parametrize("count", [b"", b"-1", b"many", "²".encode(), b"\xff"])
def test_a_count_that_others_wrote_and_is_no_number_is_none(count: bytes) -> None:
    assert refused(b"7", b"{", [("segue.redriven", count)]).n_redriven == 0


@pytest.mark.parametrize("reason", [Reason.MISSING_KEY, Reason.KEY_MISMATCH])
def test_a_missing_or_wrong_key_is_taken_from_the_user_in_the_value_if_asked_for(reason: Reason) -> None:
    for key in (None, b"8"):
        letter = refused(key, b'{"user_id": "7"}', [], reason)
        assert (message_of(letter).key, message_of(letter, rekey=True).key) == (key, b"7")
        assert message_of(refused(key, b'{"user', [], reason), rekey=True).key == key
    assert message_of(refused(b"8", b'{"user_id": "7"}', [], Reason.BAD_TIMESTAMP), rekey=True).key == b"8"


def test_a_record_of_others_on_the_topic_is_a_letter_without_reason() -> None:
    letter = letter_of(ProducerRecord("user-events.dlq", None, None, []))
    assert (letter.reason, letter.is_cut, letter.n_redriven) == ("(no reason)", False, 0)


@pytest.mark.parametrize("part", ["key", "value", "headers"])
def test_a_letter_that_says_the_size_of_a_part_is_cut(part: str) -> None:
    assert letter_of(ProducerRecord("user-events.dlq", b"k", b"v", [(f"segue.error.{part}_bytes", b"99")])).is_cut
    assert not refused(b"7", b"v", OWN).is_cut


def test_a_mark_comes_back_and_anything_else_is_none() -> None:
    mark = mark_of(refused(b"7", b"{", OWN), "shop")
    assert (mark.topic, mark.key) == ("shop-redriven-letters", b"5")
    assert read_mark(mark.value) == Mark(5, 1_000)
    for other in (None, b"", b"{}", b"\xff", b'{"offset": "5", "timestamp_ms": 1}'):
        assert read_mark(other) is None
