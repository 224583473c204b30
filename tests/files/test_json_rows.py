"""JSON values of a file, in pieces of any size."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.files import json_rows
from stream.files.json_rows import json_lines, json_values, parse, without_nan
from stream.files.opened_file import BrokenFileError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.lists(st.dictionaries(st.text(max_size=4), JSON, max_size=4), max_size=5)


@given(OBJECTS, st.sampled_from([None, 1]), st.booleans(), st.integers(1, 40))
def test_an_array_and_a_sequence_give_their_objects_whatever_the_chunks(
    objects: list[dict[str, object]], indent: int | None, is_array: bool, n_bytes: int
) -> None:
    text = json.dumps(objects, indent=indent, ensure_ascii=False) if is_array else ""
    text = text or "\n".join(json.dumps(each, indent=indent, ensure_ascii=False) for each in objects)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_rows, "_CHUNK_BYTES", n_bytes)
        found = list(json_values(io.BytesIO(text.encode())))
    assert [json.loads(value) for _, value in found] == objects
    rows = text.split("\n")
    assert all(rows[line - 1].lstrip(" [").startswith("{") for line, _ in found)


def test_nan_and_infinity_are_missing_and_a_text_of_the_same_name_is_a_text() -> None:
    assert parse(without_nan(b'{"a": NaN, "b": [-Infinity], "c": "NaN"}')) == {"a": None, "b": [None], "c": "NaN"}
    assert without_nan(b'{"c": "NaN"}') == b'{"c": "NaN"}'
    cut_within_a_character, nested = rb'{"a": NaN, "text": "\ud83d"}', b'"NaN"' + b"[" * 100_000
    assert without_nan(cut_within_a_character) == cut_within_a_character
    assert without_nan(nested) == nested
    assert without_nan(b"NaN, said the reader") == b"NaN, said the reader"
    assert [row for _, row in json_lines(io.BytesIO(b'{"a":NaN}\n{"a":1}\n'))] == [b'{"a":null}', b'{"a":1}']


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[{"a": 1}, {"a": ', "ends at line 1 within an event"),
        ('[{"a": 1},\n{"a": "unfin', "ends at line 2 within an event"),
        ('[{"a": 1}\n', "ends at line 2 within an array"),
        ('[{"a": 1},\n {"a": x}]', "line 2 is not JSON"),
        ("[" + '{"a":' * 100_000, "nested too deep|line 1"),
    ],
)
def test_a_broken_value_ends_the_file_with_its_line(text: str, why: str) -> None:
    with pytest.raises(BrokenFileError, match=why):
        list(json_values(io.BytesIO(text.encode())))


def test_bytes_that_are_not_utf8_stay_for_the_decoder_to_refuse() -> None:
    assert list(json_values(io.BytesIO(b'[{"a": "caf\xe9"}]'))) == [(1, b'{"a": "caf\xe9"}')]
