"""CloudEvents in both modes of the Kafka binding, by the examples of the specification."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import msgspec
import pytest

from stream.core.event import Rejected
from stream.core.reasons import Reason
from stream.formats.cloud_events_in import Opened, content_type, is_json, open_binary, open_structured
from stream.formats.documents import Defaults
from stream.wire.records import Headers

ATTRIBUTES = {
    "specversion": "1.0",
    "id": "1",
    "source": "/shop",
    "type": "shop.viewed",
    "subject": "ann",
    "time": "2026-11-27T12:00:00Z",
}
DEFAULTS = Defaults("/shop#1", "ann", "2026-11-27T12:00:00Z", "shop.viewed")


def structured(**fields: Any) -> bytes:
    """A CloudEvent with these attributes instead."""
    return msgspec.json.encode({"data": {"a": 1}} | ATTRIBUTES | fields)


def binary(**attributes: str) -> Headers:
    """The headers of a CloudEvent."""
    return [(f"ce_{name}", text.encode()) for name, text in (ATTRIBUTES | attributes).items()]


def test_both_modes_open_to_the_same() -> None:
    expected = Opened(b'{"a":1}', "", DEFAULTS)
    assert open_structured(structured(), "application/cloudevents+json") == expected
    assert open_structured(structured(), "") == expected  # known by specversion, as in a file
    assert open_binary(b'{"a":1}', binary()) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"data": None}, b"{}"),
        ({"data": [1, 2]}, b"[1,2]"),
        ({"data_base64": b64encode(b"\0\0\0\0\x07!").decode(), "data": None}, b"\0\0\0\0\x07!"),
    ],
)
def test_data_may_be_absent_any_json_or_base64(data: dict[str, Any], expected: bytes) -> None:
    opened = open_structured(structured(**data), "")
    assert isinstance(opened, Opened)
    assert opened.data == expected


def test_a_binary_event_without_a_value_has_no_data() -> None:
    opened = open_binary(b"", binary())
    assert isinstance(opened, Opened)
    assert opened.data == b"{}"


@pytest.mark.parametrize(
    ("value", "media", "reason"),
    [
        (structured(), "application/cloudevents-batch+json", Reason.UNKNOWN_FORMAT),
        (structured(), "application/cloudevents+avro", Reason.UNKNOWN_FORMAT),
        (structured(specversion="0.3"), "", Reason.UNKNOWN_FORMAT),
        (structured(data_base64="?"), "", Reason.BAD_PAYLOAD),
        (structured(data_base64=7), "", Reason.BAD_PAYLOAD),
    ],
)
def test_what_is_no_event_of_version_1_is_refused_with_a_hint(value: bytes, media: str, reason: Reason) -> None:
    refused = open_structured(value, media)
    assert isinstance(refused, Rejected)
    assert refused.reason is reason


@pytest.mark.parametrize(
    "value",
    [
        b'{"user_id": "ann"}',
        b'{"note": "\\"specversion\\" is a word"}',
        b'{"properties": {"specversion": "1.0"}}',
        b'{"specversion": 1}',
        b'{"specversion": "1.0"',
        b'{"specversion": "1.0", "\xff": 1}',
        b"[" * 100_000 + b'"specversion"',
    ],
)
def test_other_values_are_no_cloud_events(value: bytes) -> None:
    assert open_structured(value, "") is None
    assert open_binary(value, [("ce_id", b"1"), ("content-type", b"application/json")]) is None


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [({"source": "x" * 300}, 16), ({"id": "é" * 300}, 16), ({"id": ""}, 16), ({"source": "", "id": "7"}, 2)],
)
def test_an_id_is_of_source_and_id_or_a_hash(attributes: dict[str, str], expected: int) -> None:
    first, again = (open_structured(structured(**attributes), "") for _ in range(2))
    assert isinstance(first, Opened)
    assert first == again
    assert len(first.defaults.id) == expected


def test_media_types_are_read_from_a_header_of_any_case() -> None:
    assert content_type([("Content-Type", b"Application/JSON; charset=utf-8")]) == "application/json"
    assert content_type([("other", b"x")]) == ""
    assert is_json("")
    assert is_json("application/json")
    assert is_json("application/vnd.shop+json")
    assert not is_json("text/xml")
