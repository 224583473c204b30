"""The lines of a file as bytes, each with its number; a line never takes more than a fixed amount of memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

LINE_BYTES_MAX = 16 * 1024 * 1024  # a longer line is cut here, which no JSON object survives


def lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the bytes of every line that is not blank, without its end; the first line is 1."""
    number = 0
    while line := file.readline(LINE_BYTES_MAX):
        number += 1
        rest = line
        while len(rest) == LINE_BYTES_MAX and not rest.endswith(b"\n"):
            rest = file.readline(LINE_BYTES_MAX)
        line = line.rstrip(b"\r\n")
        if line.strip():
            yield number, line
