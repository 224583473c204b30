from __future__ import annotations

from stream.core.output import Rejection
from stream.core.reasons import Reason
from stream.wire.dead_letters import dead_letter
from stream.wire.records import ConsumerRecord
from stream.wire.topics import DEAD_LETTER_BYTES_MAX

RAW = ConsumerRecord(
    "eu.user-events", 3, 42, 1_700_000_000_000, b"\xffkey", b"\xff\x00{not json", [("trace", b"\xfe"), ("trace", b"2")]
)


def test_bytes_and_headers_are_kept_and_the_reason_is_appended() -> None:
    message = dead_letter(Rejection(42, Reason.NOT_UTF8, "byte 0: invalid start byte"), RAW)
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


def test_a_value_beyond_the_limit_is_cut_and_its_size_recorded() -> None:
    value = b"<" + b"0" * DEAD_LETTER_BYTES_MAX
    message = dead_letter(Rejection(42, Reason.NOT_JSON, ""), RAW._replace(value=value))
    assert message.value == value[:DEAD_LETTER_BYTES_MAX]
    assert dict(message.headers)["segue.error.original_bytes"] == str(len(value)).encode()
