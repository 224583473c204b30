"""The published schema of `user-events` and the decoder agree about what a schema can say."""

from __future__ import annotations

import json

import jsonschema
import pytest

from stream.wire.schema import user_events_schema
from tests.bad_input import ACCEPTED, BAD_INPUT, Case

SCHEMA = jsonschema.Draft202012Validator(user_events_schema())
BEYOND_SCHEMA = [
    "null_value",
    "not_utf8",
    "not_json",
    "too_deep",
    "missing_key",
    "key_mismatch",
    "bad_timestamp",
    "timestamp_out_of_range",
    "traits_too_large",
]
BEYOND_PARSER = ("extra field with a huge integer",)

SAYABLE = [
    case
    for case in BAD_INPUT
    if case.expected not in BEYOND_SCHEMA and case.name not in BEYOND_PARSER and len(case.value or b"") < 50_000
]


@pytest.mark.parametrize("case", SAYABLE, ids=lambda case: case.name)
def test_the_schema_agrees_with_the_decoder(case: Case) -> None:
    assert case.value is not None
    assert SCHEMA.is_valid(json.loads(case.value)) == (case.expected == ACCEPTED and not case.near)


def test_the_schema_is_valid_and_has_every_type() -> None:
    schema = user_events_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert set(schema["$defs"]) == {"Flat", "Track", "Page", "Screen", "Identify", "Alias", "Group", "Erase"}


def test_each_call_gives_a_new_document() -> None:
    user_events_schema()["$defs"].clear()
    assert user_events_schema()["$defs"]
