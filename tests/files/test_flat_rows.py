"""From rows to messages, decided by the first rows of a file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stream.core.event import Event
from stream.files.flat_rows import Row, choose_mapper
from stream.files.layout import ColumnsError, read_columns
from stream.wire.fields import Fields
from stream.wire.json_events import decode_json
from stream.wire.users import json_key
from tests.bad_input import flat, track
from tests.files.test_ga4 import PURCHASE
from tests.files.test_snowplow import EXAMPLE


def mapped(rows: list[Row], columns: str = "") -> tuple[list[Any], list[str]]:
    told: list[str] = []
    mapper = choose_mapper(rows, read_columns(columns), False, told.append)
    return [json.loads(mapper(row)) for row in rows], told


def test_messages_of_the_contract_stay_as_they_are_byte_for_byte() -> None:
    rows: list[Row] = [track(), flat(), b'{ "type":"erase", "userId":"bob" }', b"nonsense", b"[1]"]
    mapper = choose_mapper(rows, {}, False, pytest.fail)
    assert [mapper(row) for row in rows] == rows


def test_calls_among_rows_of_other_names_stay_as_they_are() -> None:
    rows: list[Row] = [b'{"customer_id": 7, "date": "2026-01-01"}', track(), b"nonsense"]
    mapper = choose_mapper(rows, {}, False, lambda _: None)
    assert [mapper(row) for row in rows] == [b'{"user_id":"7","timestamp":"2026-01-01"}', *rows[1:]]


def test_a_row_without_a_user_or_with_too_many_cells_is_there_to_be_refused() -> None:
    rows: list[Row] = [{"user": 7, "time": "2026-01-01"}, {"user": float("nan"), "time": None}, ["7", "8", "9"]]
    assert mapped(rows)[0] == [{"user_id": "7", "timestamp": "2026-01-01"}, {}, ["7", "8", "9"]]


@pytest.mark.parametrize(("row", "name"), [(PURCHASE, "Google Analytics"), (EXAMPLE, "Snowplow")])
@pytest.mark.parametrize("is_json", [True, False])
def test_rows_of_an_export_are_events(row: dict[str, Any], name: str, is_json: bool) -> None:
    rows: list[Row] = [json.dumps(row).encode() if is_json else row]
    told: list[str] = []
    value = choose_mapper(rows, {}, False, told.append)(rows[0])
    assert name in told[0]
    event = decode_json(json_key(value), value, Fields())
    assert isinstance(event, Event)
    assert event.user in (row["user_id"], row.get("user_pseudo_id"))
    assert event.text


def test_named_columns_stand_before_an_export() -> None:
    rows, told = mapped([PURCHASE], "user_id=ecommerce.transaction_id,text==none")
    assert (rows[0]["user_id"], rows[0]["text"]) == ("661084800", "none")
    assert "Google" not in " ".join(told)


def test_rows_without_user_or_time_are_refused_before_anything_is_read() -> None:
    with pytest.raises(ColumnsError, match="hold the user"):
        mapped([{"a": 1}])
