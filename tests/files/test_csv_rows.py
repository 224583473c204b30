"""Rows of delimited text, compared with Python's csv module where that suffices."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.files.csv_rows import DELIMITERS, csv_rows, delimiter_of
from stream.files.opened_file import BrokenFileError

CELLS = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), min_size=1, max_size=8).map(
    lambda text: "x" + text
)


def rows(data: bytes, delimiter: str = ",", has_header: bool = True) -> list[tuple[int, object]]:
    return list(csv_rows(io.BytesIO(data), delimiter, has_header, lambda _: None))


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=5), st.sampled_from(DELIMITERS))
def test_a_table_written_by_the_csv_module_is_read_back(table: list[tuple[str, str, str]], delimiter: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows([("a", "b", "c"), *table])
    data = text.getvalue().encode()
    assert delimiter_of(data) == delimiter
    assert [row for _, row in rows(data, delimiter)] == [dict(zip("abc", cells, strict=True)) for cells in table]


def test_rows_have_the_number_of_their_line_and_empty_ones_are_skipped() -> None:
    found = rows(b'a,b\n1,"x\ny"\n\n,\n2,z\n')
    assert found == [(3, {"a": "1", "b": "x\ny"}), (6, {"a": "2", "b": "z"})]


def test_a_short_row_lacks_cells_and_a_long_one_is_no_event() -> None:
    assert rows(b"a,b\n1\n1,2,3\n1,2,,\n") == [(2, {"a": "1"}), (3, ["1", "2", "3"]), (4, {"a": "1", "b": "2"})]


def test_a_line_that_is_not_utf8_is_latin1_and_told_once() -> None:
    told: list[str] = []
    data = "a,b\nZoë,1\n".encode() + "café,2\nnaïve,3\n".encode("latin-1")
    found = [row for _, row in csv_rows(io.BytesIO(data), ",", True, told.append)]
    assert found == [{"a": "Zoë", "b": "1"}, {"a": "café", "b": "2"}, {"a": "naïve", "b": "3"}]
    assert told == ["line 3 is not UTF-8: such lines are read as Windows-1252 (Latin-1)"]


def test_without_a_header_columns_are_numbers() -> None:
    assert rows(b"7,red\n8,blue\n", has_header=False) == [(1, {"1": "7", "2": "red"}), (2, {"1": "8", "2": "blue"})]


def test_a_quotation_mark_without_its_end_is_an_error_and_not_a_cell_of_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("stream.files.csv_rows.LINE_BYTES_MAX", 100)
    with pytest.raises(BrokenFileError, match="quotation mark"):
        rows(b'a,b\n1,"x\n' + b"2,y\n" * 100)


@pytest.mark.parametrize(("line", "expected"), [(b"a;b,c;d", ";"), (b'"a,b";c', ";"), (b"a", ""), (b"a\tb", "\t")])
def test_the_delimiter_is_that_of_the_most_columns(line: bytes, expected: str) -> None:
    assert delimiter_of(line + b"\n1") == expected
