"""Lines of a file in bounded memory."""

from __future__ import annotations

import io

import pytest

from stream.files import lines


def test_lines_that_are_not_blank_come_with_their_number() -> None:
    assert list(lines.lines(io.BytesIO(b"a\r\n\n \nb\nc"))) == [(1, b"a"), (4, b"b"), (5, b"c")]


@pytest.mark.parametrize("n", [99, 100, 101, 200, 201])
def test_the_rest_of_an_overlong_line_is_dropped(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LINE_BYTES_MAX", 100)
    assert list(lines.lines(io.BytesIO(b"x" * n + b"\nb\n"))) == [(1, b"x" * min(n, 100)), (2, b"b")]
