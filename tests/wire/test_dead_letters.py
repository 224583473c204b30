"""A dead letter keeps what was received, says why, and is cut to a limit in a known order."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from stream.core.output import Rejection
from stream.core.reasons import Reason
from stream.wire.dead_letters import dead_letter, fitted, framed_bytes, headers_bytes, serialised
from stream.wire.records import UNREADABLE_NAME, ConsumerRecord, Headers, ProducerRecord
from stream.wire.topics import DEAD_LETTER_BYTES_MAX

RAW = ConsumerRecord(
    "eu.user-events", 3, 42, 1_700_000_000_000, b"\xffkey", b"\xff\x00{not json", [("trace", b"\xfe"), ("trace", b"2")]
)
REJECTION = Rejection(42, Reason.NOT_UTF8, "byte 0: invalid start byte")


def why(letter: ProducerRecord) -> dict[str, bytes]:
    """Segue's own headers, without their prefix."""
    return {name[12:]: value for name, value in letter.headers if name.startswith("segue.error.")}


def received(letter: ProducerRecord) -> Headers:
    return [pair for pair in letter.headers if not pair[0].startswith("segue.error.")]


def test_bytes_and_headers_are_kept_and_the_reason_is_appended() -> None:
    message = dead_letter(REJECTION, RAW)
    assert (message.topic, message.key, message.value) == ("user-events.dlq", RAW.key, RAW.value)
    assert message.headers == [
        ("trace", b"\xfe"),
        ("trace", b"2"),
        ("segue.error.reason", b"not_utf8"),
        ("segue.error.detail", b"byte 0: invalid start byte"),
        ("segue.error.topic", b"eu.user-events"),
        ("segue.error.partition", b"3"),
        ("segue.error.offset", b"42"),
        ("segue.error.timestamp_ms", b"1700000000000"),
    ]
    assert RAW.headers == [("trace", b"\xfe"), ("trace", b"2")]


def test_a_null_value_stays_null() -> None:
    message = dead_letter(Rejection(42, Reason.NULL_VALUE, ""), RAW._replace(key=None, value=None, headers=[]))
    assert (message.key, message.value) == (None, None)


def test_a_long_detail_is_cut_and_invalid_unicode_replaced() -> None:
    headers = dict(dead_letter(Rejection(42, Reason.WRONG_TYPE, "\ud800" + "牛" * 5000), RAW).headers)
    assert headers["segue.error.detail"] == ("?" + "牛" * 999).encode()


def test_a_repaired_message_that_is_refused_again_has_the_new_reason_alone() -> None:
    first = dead_letter(REJECTION, RAW)
    again = dead_letter(Rejection(50, Reason.NOT_JSON, "new"), RAW._replace(offset=50, headers=first.headers))
    assert [name for name, _ in again.headers].count("segue.error.reason") == 1
    assert why(again)["reason"] == b"not_json"
    assert why(again)["offset"] == b"50"
    assert received(again) == RAW.headers


def test_a_name_that_could_not_be_read_is_counted_and_its_value_kept() -> None:
    letter = dead_letter(REJECTION, RAW._replace(headers=[("a", b"1"), (UNREADABLE_NAME, b"2")]))
    assert why(letter)["unreadable_headers"] == b"1"
    assert received(letter) == [("a", b"1"), ("\ufffd", b"2")]
    assert "unreadable_headers" not in why(dead_letter(REJECTION, RAW))


def test_a_letter_that_fits_is_not_changed() -> None:
    letter = dead_letter(REJECTION, RAW)
    assert fitted(letter, framed_bytes(letter)) is letter


def test_a_large_value_is_cut_and_key_and_headers_stay_whole() -> None:
    value = b"<" + b"0" * DEAD_LETTER_BYTES_MAX
    letter = fitted(dead_letter(REJECTION, RAW._replace(value=value)), DEAD_LETTER_BYTES_MAX)
    assert DEAD_LETTER_BYTES_MAX - 1000 <= framed_bytes(letter) <= DEAD_LETTER_BYTES_MAX
    assert letter.value
    assert value.startswith(letter.value)
    assert (letter.key, received(letter)) == (RAW.key, RAW.headers)
    assert why(letter)["value_bytes"] == str(len(value)).encode()
    assert why(letter)["value_sha256"].decode() == sha256(value).hexdigest()
    assert not {"key_bytes", "headers_bytes"} & why(letter).keys()


def test_a_large_key_is_cut_and_the_value_stays_whole() -> None:
    key = b"k" * 18_000_000
    letter = fitted(dead_letter(REJECTION, RAW._replace(key=key)), DEAD_LETTER_BYTES_MAX)
    assert letter.key
    assert len(letter.key) < len(key)
    assert key.startswith(letter.key)
    assert letter.value == RAW.value
    assert why(letter)["key_bytes"] == b"18000000"
    assert why(letter)["key_sha256"].decode() == sha256(key).hexdigest()


def test_headers_that_do_not_fit_are_left_out_as_a_whole_and_the_others_stay_in_order() -> None:
    headers = [("a", b"1"), ("huge", b"x" * 17_000_000), ("b", b"2"), ("a", b"3")]
    letter = fitted(dead_letter(REJECTION, RAW._replace(headers=headers)), DEAD_LETTER_BYTES_MAX)
    assert received(letter) == [headers[0], headers[2], headers[3]]
    assert (letter.key, letter.value) == (RAW.key, RAW.value)
    assert why(letter)["headers_bytes"] == str(headers_bytes(headers)).encode()
    assert why(letter)["headers_sha256"].decode() == sha256(serialised(headers)).hexdigest()


def test_the_digest_of_headers_is_of_names_and_values_after_their_lengths() -> None:
    assert serialised([("é", b"12")]) == b"\0\0\0\2\xc3\xa9" + b"\0\0\0\00212"


@given(
    key=st.none() | st.binary(max_size=9000),
    value=st.none() | st.binary(max_size=9000),
    headers=st.lists(st.tuples(st.text(max_size=9), st.binary(max_size=4000)), max_size=6),
    bytes_max=st.integers(4000, 20_000),
)
def test_a_letter_always_fits_and_only_parts_above_the_rest_are_cut(
    key: bytes | None, value: bytes | None, headers: Headers, bytes_max: int
) -> None:
    raw = RAW._replace(key=key, value=value, headers=headers)
    whole = dead_letter(REJECTION, raw)
    letter = fitted(whole, bytes_max)
    assert framed_bytes(letter) <= bytes_max
    assert (value or b"").startswith(letter.value or b"")
    assert (letter.value is None, letter.key is None) == (value is None, key is None)
    pairs = iter(received(whole))
    assert all(pair in pairs for pair in received(letter))  # a subsequence
    said = why(letter)
    sizes = {"key": len(key or b""), "value": len(value or b""), "headers": headers_bytes(received(whole))}
    cut = {part for part in sizes if f"{part}_sha256" in said}
    assert all(sizes[part] >= max((sizes[other] for other in sizes.keys() - cut), default=0) for part in cut)
    assert bool(cut) == (letter is not whole)
