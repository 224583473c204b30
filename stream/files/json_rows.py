"""The JSON values of a file, as bytes with the number of their line.

Either one value a line, or arrays of values and values over several lines. One value at a time is in memory.
`NaN` and `Infinity`, which JSON does not have and many programs write, are values that are missing.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Any

import msgspec

from stream.files.lines import LINE_BYTES_MAX, lines
from stream.files.opened_file import BrokenFileError

Row = tuple[int, bytes]  # with the number of its line

_CHUNK_BYTES = 1024 * 1024
_decode_json = msgspec.json.Decoder().decode
spans = json.JSONDecoder(parse_constant=str, parse_int=str, parse_float=str)  # only tells where a value ends
_lenient = json.JSONDecoder(parse_constant=lambda _: None)


def json_lines(file: IO[bytes]) -> Iterator[Row]:
    """Yield every line that is not blank; a line that is no JSON stays as it is."""
    for number, line in lines(file):
        yield number, without_nan(line)


def json_values(file: IO[bytes]) -> Iterator[Row]:
    """Yield the values of a file one after the other, and those of an array in the place of the array.

    Raises BrokenFileError where a value is broken: what follows cannot be told apart.
    """
    reader = _ValueReader(file)
    while (row := reader.next()) is not None:
        yield row[0], without_nan(row[1])


def without_nan(value: bytes) -> bytes:
    """Return a JSON value with null for NaN and Infinity; any other bytes as they are."""
    if b"NaN" not in value and b"Infinity" not in value:
        return value
    try:
        _decode_json(value)
    except (ValueError, RecursionError):
        read = parse(value)
        with suppress(ValueError, RecursionError):  # half of a surrogate pair, which a cut text may end in
            return value if read is None else msgspec.json.encode(read)
    return value


def parse(value: bytes) -> Any:
    """Return what a JSON value says; None for null and for bytes that are no JSON."""
    try:
        return _decode_json(value)
    except (ValueError, RecursionError):
        pass
    try:
        return _lenient.decode(value.decode())
    except (ValueError, RecursionError):
        return None


class _ValueReader:
    """A reader of one value after the other; `text` is what is read and not yet consumed before `at`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._decoder = file, codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
        self._text, self._at, self._line, self._is_over = "", 0, 1, False
        self._in_array = False

    def next(self) -> Row | None:
        """Return the next value; None after the last."""
        while self._skip_to_value():
            line = self._line
            value = self._value()
            return line, value.encode(errors="surrogateescape")
        return None

    def _skip_to_value(self) -> bool:
        """Go to the first character of a value; return False at the end of the file."""
        while True:
            while self._at < len(self._text):
                here = self._text[self._at]
                if here in "[]" and (here == "]") == self._in_array:
                    self._in_array = not self._in_array
                elif not (here.isspace() or here in ",\x1e"):  # RFC 7464 puts \x1e before each value
                    return True
                self._line += here == "\n"
                self._at += 1
            if not self._fill():
                if self._in_array:
                    raise BrokenFileError(
                        f"it ends at line {self._line} within an array: it is cut, or still being written"
                    )
                return False

    def _value(self) -> str:
        while True:
            try:
                _, end = spans.raw_decode(self._text, self._at)
            except (json.JSONDecodeError, RecursionError) as error:
                waits = len(self._text) - self._at < LINE_BYTES_MAX
                if isinstance(error, json.JSONDecodeError) and waits and self._fill():
                    continue
                raise self._broken(error) from error
            if end == len(self._text) and self._fill():  # a number may go on
                continue
            value = self._text[self._at : end]
            self._line += value.count("\n")
            self._at = end
            return value

    def _broken(self, error: Exception) -> BrokenFileError:
        if not isinstance(error, json.JSONDecodeError):
            return BrokenFileError(f"line {self._line}: the value is nested too deep")
        line = self._line + self._text.count("\n", self._at, error.pos)
        is_cut = error.pos >= len(self._text.rstrip()) or error.msg.startswith("Unterminated string")
        if self._is_over and is_cut:
            return BrokenFileError(f"it ends at line {line} within an event: it is cut, or still being written")
        return BrokenFileError(f"line {line} is not JSON: {error.msg}")

    def _fill(self) -> bool:
        """Read on, as much again as waits; return False at the end of the file."""
        if self._is_over:
            return False
        data = self._file.read(max(_CHUNK_BYTES, len(self._text) - self._at))
        if not data:
            self._is_over = True
            return False
        self._text = self._text[self._at :] + self._decoder.decode(data)
        self._at = 0
        return True
