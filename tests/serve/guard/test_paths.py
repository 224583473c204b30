"""A part of an address may hold any character."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.serve.guard.paths import MAX_BYTES, PathError, part_of_path, routed_path

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@given(st.lists(texts, min_size=1, max_size=4))
def test_parts_come_out_as_they_went_in(parts: list[str]) -> None:
    raw = "/" + "/".join(quote(part, safe="") for part in parts)
    routed = routed_path(raw.encode())
    assert [part_of_path(part) for part in routed.split("/")[1:]] == parts


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        (b"/users/ann", ["users", "ann"]),
        (b"/users/%2e%2e", ["users", ".."]),
        (b"/users/a%2Fb", ["users", "a/b"]),
        (b"/users/a%252Fb", ["users", "a%2Fb"]),
        (b"/users/%00", ["users", "\0"]),
        (b"/users/%", ["users", "%"]),
        (b"/users/a+b", ["users", "a+b"]),
        ("/users/é".encode(), ["users", "é"]),
    ],
)
def test_a_path_is_read_part_by_part(raw: bytes, parts: list[str]) -> None:
    assert [part_of_path(part) for part in routed_path(raw).split("/")[1:]] == parts


@pytest.mark.parametrize("raw", [b"/%ff", b"/\xff", b"/%ed%a0%80", b"/" + b"a" * MAX_BYTES])
def test_a_path_that_is_no_utf_8_or_too_long_is_refused(raw: bytes) -> None:
    with pytest.raises(PathError):
        routed_path(raw)
