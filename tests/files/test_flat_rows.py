"""From rows to messages, decided by the first rows of a file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stream.core.event import Event
from stream.files.flat_rows import Row, choose_mapper, key_of
from stream.files.layout import DETECT, ColumnsError, Layout, read_columns
from stream.formats.decoder import FormatDecoder
from stream.wire.fields import Fields
from stream.wire.json_events import decode_json
from stream.wire.records import ConsumerRecord
from stream.wire.users import json_key
from tests.bad_input import flat, track
from tests.files.test_ga4 import PURCHASE
from tests.files.test_snowplow import EXAMPLE


def mapped(rows: list[Row], columns: str = "") -> tuple[list[Any], list[str]]:
    told: list[str] = []
    mapper = choose_mapper(rows, Layout(columns=read_columns(columns)), False, told.append)
    return [json.loads(mapper(row)) for row in rows], told


def test_messages_of_the_contract_stay_as_they_are_byte_for_byte() -> None:
    rows: list[Row] = [track(), flat(), b'{ "type":"erase", "userId":"bob" }', b"nonsense", b"[1]"]
    mapper = choose_mapper(rows, DETECT, False, pytest.fail)
    assert [mapper(row) for row in rows] == rows


def test_calls_among_rows_of_other_names_stay_as_they_are() -> None:
    rows: list[Row] = [b'{"customer_id": 7, "date": "2026-01-01"}', track(), b"nonsense"]
    mapper = choose_mapper(rows, DETECT, False, lambda _: None)
    assert [mapper(row) for row in rows] == [b'{"user_id":"7","timestamp":"2026-01-01"}', *rows[1:]]


def test_a_row_without_a_user_or_with_too_many_cells_is_there_to_be_refused() -> None:
    rows: list[Row] = [{"user": 7, "time": "2026-01-01"}, {"user": float("nan"), "time": None}, ["7", "8", "9"]]
    assert mapped(rows)[0] == [{"user_id": "7", "timestamp": "2026-01-01"}, {}, ["7", "8", "9"]]


@pytest.mark.parametrize(("row", "name"), [(PURCHASE, "Google Analytics"), (EXAMPLE, "Snowplow")])
@pytest.mark.parametrize("is_json", [True, False])
def test_rows_of_an_export_are_events(row: dict[str, Any], name: str, is_json: bool) -> None:
    rows: list[Row] = [json.dumps(row).encode() if is_json else row]
    told: list[str] = []
    value = choose_mapper(rows, DETECT, False, told.append)(rows[0])
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


def test_times_that_begin_with_day_or_month_are_told_apart_by_the_others_of_the_column() -> None:
    rows: list[Row] = [{"user": 7, "date": "1/2/2026 8:26"}, {"user": 7, "date": "1/31/2026 8:27 PM"}]
    found, told = mapped(rows)
    assert [row["timestamp"] for row in found] == ["2026-01-02T08:26", "2026-01-31T20:27"]
    assert "'1/2/2026 8:26' as month first" in told[1]
    with pytest.raises(ColumnsError, match="--day-first or --no-day-first"):
        mapped(rows[:1])
    mapper = choose_mapper(rows[:1], Layout(day_first=True), False, lambda _: None)
    assert json.loads(mapper(rows[0]))["timestamp"] == "2026-02-01T08:26"


def test_ids_that_a_program_made_floats_are_whole_numbers() -> None:
    assert mapped([b'{"user_id": 7.0, "timestamp": "2026-01-01"}'])[0][0]["user_id"] == "7"


@pytest.mark.parametrize("data", [{"user_id": "7", "text": "shoes"}, {"text": "shoes"}])
def test_a_cloud_event_stays_as_it_is_with_the_user_of_its_data_or_its_subject_as_key(data: dict[str, str]) -> None:
    value = json.dumps(
        {"specversion": "1.0", "id": "1", "source": "/shop", "type": "view", "time": "2026-01-01T00:00:00Z"}
        | {"subject": "7", "data": data}
    ).encode()
    assert choose_mapper([value], DETECT, False, pytest.fail)(value) == value
    assert key_of(value) == b"7"
    content = FormatDecoder(Fields(), None).decode(ConsumerRecord("user-events", 0, 0, 0, key_of(value), value, []))
    assert isinstance(content, Event)
    assert (content.user, content.text) == ("7", "shoes")
