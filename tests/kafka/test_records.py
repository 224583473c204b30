"""Every record of a broker is a record for jobs, whatever its headers are."""

from __future__ import annotations

import ctypes
from typing import Any, cast

import pytest
from confluent_kafka import Message

from stream.kafka.records import from_confluent, headers_of
from stream.wire.records import UNREADABLE_NAME, ConsumerRecord

_NEW = ctypes.pythonapi.PyTuple_New
_NEW.restype, _NEW.argtypes = ctypes.py_object, [ctypes.c_ssize_t]
_POINTER_BYTES = ctypes.sizeof(ctypes.c_void_p)


def nameless(value: bytes | None) -> Any:
    """A pair as confluent-kafka makes it of a name that is not UTF-8: a NULL, and the value."""
    pair = _NEW(2)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(value))
    ctypes.c_void_p.from_address(id(pair) + tuple.__basicsize__ + _POINTER_BYTES).value = id(value)
    return pair


class OddMessage:
    """A message whose headers raise at the first call."""

    def __init__(self, error: Exception, *then: Any) -> None:
        self._error: Exception | None = error
        self._then = list(then)

    def headers(self) -> Any:
        error, self._error = self._error, None
        if error:
            raise error
        return self._then


def test_a_message_is_a_record_with_null_headers_as_empty_ones() -> None:
    headers: list[tuple[str, str | bytes | None]] = [("a", b"1"), ("a", "2"), ("n", None)]
    message = Message("t", 1, 5, b"k", b"v", cast(Any, headers), None, (2, 1_700_000_000_000))
    expected = ConsumerRecord("t", 1, 5, 1_700_000_000_000, b"k", b"v", [("a", b"1"), ("a", b"2"), ("n", b"")])
    assert from_confluent(message) == expected


def test_a_message_without_anything_is_a_record() -> None:
    message = Message("t", 0, 5, None, None, None, None, (0, -1))
    assert from_confluent(message) == ConsumerRecord("t", 0, 5, -1, None, None, [])


@pytest.mark.parametrize("error", [SystemError("an exception set"), UnicodeDecodeError("utf-8", b"\xe9", 0, 1, "end")])
def test_only_the_name_is_lost_of_a_header_that_is_not_utf8(error: Exception) -> None:
    message = cast(Message, OddMessage(error, ("a", b"1"), nameless(b"2"), nameless(None), ("n", None)))
    assert headers_of(message) == [("a", b"1"), (UNREADABLE_NAME, b"2"), (UNREADABLE_NAME, b""), ("n", b"")]


def test_a_client_that_keeps_nothing_gives_no_headers() -> None:
    assert headers_of(cast(Message, OddMessage(SystemError()))) == []
