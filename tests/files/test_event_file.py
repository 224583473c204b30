"""A file of events of any known format becomes keyed messages without loss."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pandas as pd
import pytest

from stream.files import lines
from stream.files.event_file import FileEvent, read_events
from stream.files.layout import DETECT, Format, Layout, read_columns
from stream.files.opened_file import EventFileError
from tests.bad_input import BAD_INPUT, flat, track, without

LINES = [
    (b"ann", flat()),
    (b"ann", track()),
    (b"anon", without(track(anonymousId="anon"), "userId")),
    (b"bob", b'{"type":"erase","userId":"bob"}'),
    ("安娜".encode(), flat(user_id="安娜")),
]
KEYLESS = [b"not json", b"[1]", b"\xff\xfe", b"{}", flat(user_id=None), b"[" * 5000, b'{"a":' * 5000]
EVENTS = [
    {"user_id": "7", "timestamp": "2026-01-01", "text": "red shoes", "amount": 59.9},
    {"user_id": "8", "timestamp": "2026-01-02", "text": 'a "quoted", long\ntext', "amount": 2.0},
    {"user_id": "9", "timestamp": "2026-01-03"},
]


def read(source: Path, layout: Layout = DETECT, tell: Callable[[str], None] = lambda _: None) -> list[FileEvent]:
    return list(read_events(str(source), layout, tell))


def pairs(source: Path) -> list[tuple[bytes | None, bytes]]:
    return [(event.key, event.value) for event in read(source)]


def written(path: Path, data: bytes | str) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_the_key_of_a_line_is_its_user_and_its_place_the_number_of_the_line(tmp_path: Path) -> None:
    events = read(written(tmp_path / "events.jsonl", b"\n\n".join(line for _, line in LINES)))
    assert [(event.key, event.value) for event in events] == LINES
    assert [event.place for event in events] == [1, 3, 5, 7, 9]


@pytest.mark.parametrize(
    "odd",
    [
        b'{"customer": 1e999, "date": "2026-01-01"}',
        rb'{"customer": "7", "date": "2026-01-01", "title": "NaN \ud83d"}',
        b'{"customer": "7", "date": "2026-01-01", "title": ' + b"[" * 400 + b"]" * 400 + b"}",
        b'{"customer": ' + b"1" * 5_000 + b', "date": "2026-01-01"}',
        rb'{"specversion": "1.0", "subject": "NaN \ud83d", "data": {}}',
    ],
    ids=["infinite", "half a character", "nested", "long integer", "half a character in a CloudEvent"],
)
@pytest.mark.parametrize("is_array", [False, True])
def test_no_value_of_a_row_ends_the_file(tmp_path: Path, odd: bytes, is_array: bool) -> None:
    good = b'{"customer": "ann", "date": "2026-01-01", "title": "red shoes"}'
    rows = [good, odd, good]
    data = b"[" + b",".join(rows) + b"]" if is_array else b"\n".join(rows)
    events = read(written(tmp_path / "events.json", data), Layout(columns=read_columns("user_id=customer")))
    assert [event.key for event in events][::2] == [b"ann", b"ann"]
    assert len(events) == 3


def test_a_line_without_a_user_keeps_its_bytes_and_has_no_key(tmp_path: Path) -> None:
    path = written(tmp_path / "events.jsonl", b"\n".join([flat(), *KEYLESS]) + b"\n")
    assert pairs(path) == [(b"ann", flat()), *((None, line) for line in KEYLESS)]


def test_every_listed_input_of_one_line_keeps_its_bytes(tmp_path: Path) -> None:
    changed = b"\n", b"NaN", b"Infinity"
    cases = [case.value for case in BAD_INPUT if case.value and not any(each in case.value for each in changed)]
    assert [line for _, line in pairs(written(tmp_path / "events.jsonl", b"\n".join([flat(), *cases])))][1:] == cases


def test_blank_lines_and_windows_line_ends_are_skipped(tmp_path: Path) -> None:
    path = written(tmp_path / "events.jsonl", b"\r\n \r\n\n".join(line for _, line in LINES) + b"\r\n")
    assert pairs(path) == LINES


def test_standard_input_is_read_lazily(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.BytesIO(b"\n".join(line for _, line in LINES * 1000))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stdin))
    first = islice(read_events("-", DETECT, lambda _: None), 2)
    assert [(event.key, event.value) for event in first] == LINES[:2]


def test_an_overlong_line_is_cut_and_the_next_one_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LINE_BYTES_MAX", 100)
    path = written(tmp_path / "events.jsonl", flat() + b"\n" + flat(text="x" * 1000) + b"\n" + flat() + b"\n")
    assert pairs(path) == [(b"ann", flat()), (None, flat(text="x" * 1000)[:100]), (b"ann", flat())]


@pytest.mark.parametrize("n_bytes_kept", [5, 60])
def test_a_damaged_gz_file_raises(tmp_path: Path, n_bytes_kept: int) -> None:
    path = written(tmp_path / "events.jsonl.gz", gzip.compress(flat())[:n_bytes_kept])
    with pytest.raises(EventFileError, match=r"can not read .*events\.jsonl\.gz"):
        read(path)


def as_csv(delimiter: str) -> Callable[[pd.DataFrame], bytes]:
    return lambda frame: frame.to_csv(sep=delimiter, index=False).encode()


FORMS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    "json lines": lambda frame: b"".join(json.dumps(event).encode() + b"\n" for event in EVENTS),
    "array": lambda frame: json.dumps(EVENTS).encode(),
    "array over many lines": lambda frame: json.dumps(EVENTS, indent=2).encode(),
    "objects over many lines": lambda frame: b"\n".join(json.dumps(event, indent=2).encode() for event in EVENTS),
    "records of pandas": lambda frame: frame.to_json(orient="records").encode(),
    "comma": as_csv(","),
    "semicolon": as_csv(";"),
    "tab": as_csv("\t"),
    "bar": as_csv("|"),
    "parquet": lambda frame: frame.to_parquet(index=False),
}


@pytest.mark.parametrize("name", ["events", "events.csv", "events.jsonl.gz"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_the_same_events_come_from_every_format_whatever_the_name(
    tmp_path: Path, name: str, form: str, pack: Callable[[bytes], bytes]
) -> None:
    events = read(written(tmp_path / name, pack(FORMS[form](pd.DataFrame(EVENTS)))))
    found = [{name: v for name, v in json.loads(event.value).items() if v is not None} for event in events]
    assert found == EVENTS
    assert [event.key for event in events] == [b"7", b"8", b"9"]


@pytest.mark.parametrize("form", ["comma", "array", "array over many lines", "parquet", "json lines"])
def test_standard_input_has_any_format(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(FORMS[form](pd.DataFrame(EVENTS)))))
    assert [event.key for event in read(Path("-"))] == [b"7", b"8", b"9"]


def test_other_names_are_guessed_and_told(tmp_path: Path) -> None:
    path = written(tmp_path / "orders.csv", "Customer ID,order_date,title,Price\n7,2026-01-01,red shoes,2\n")
    told: list[str] = []
    (event,) = read(path, tell=told.append)
    assert event == (b"7", b'{"user_id":"7","timestamp":"2026-01-01","text":"red shoes","amount":2.0}', 2)
    assert told == [
        "read Customer ID as user_id, order_date as timestamp, title as text, Price as amount; --columns changes it"
    ]


def test_columns_name_nested_fields_of_json_lines_and_numbers_without_a_header(tmp_path: Path) -> None:
    nested = written(tmp_path / "a.jsonl", '{"who": {"no": 7}, "at": "2026-01-01", "a": "red", "b": "shoes"}\n')
    columns = read_columns("user_id=who.no,timestamp=at,text=a+b,kind==purchase")
    expected = b'{"user_id":"7","timestamp":"2026-01-01","text":"red shoes","kind":"purchase"}'
    assert read(nested, Layout(columns=columns)) == [(b"7", expected, 1)]
    bare = written(tmp_path / "a.csv", "7,2026-01-01,red,shoes\n")
    numbered = read_columns("user_id=1,timestamp=2,text=3+4,kind==purchase")
    assert read(bare, Layout(columns=numbered)) == [(b"7", expected, 1)]


def test_a_table_without_a_known_user_or_time_is_refused_with_its_columns(tmp_path: Path) -> None:
    with pytest.raises(EventFileError, match=r"hold the user: .*--columns user_id=Kunde; there are: Kunde, date"):
        read(written(tmp_path / "a.csv", "Kunde,date\n7,2026-01-01\n"))
    with pytest.raises(EventFileError, match="hold the time"):
        read(written(tmp_path / "b.jsonl", '{"user_id": "7", "text": "x"}\n'))
    with pytest.raises(EventFileError, match="no column 'kunde' for user_id"):
        read(tmp_path / "a.csv", Layout(columns=read_columns("user_id=kunde")))


def test_what_comes_before_the_damage_of_a_file_is_read(tmp_path: Path) -> None:
    events = read_events(str(written(tmp_path / "a.json", json.dumps(EVENTS)[:-60])), DETECT, lambda _: None)
    assert next(events).key == b"7"
    with pytest.raises(EventFileError, match="ends at line 1 within an event: it is cut, or still being written"):
        list(events)


def test_a_format_can_be_demanded(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "user\n7\n")
    with pytest.raises(EventFileError, match="no row of columns"):
        read(path)
    with pytest.raises(EventFileError, match="hold the time"):
        read(path, Layout(format=Format.CSV))
