"""The rows of delimited text (CSV, TSV) as mappings from column to cell, each with the number of its last line.

The first row names the columns, unless columns are given by number. Text is UTF-8; a line that is not is read as
Windows-1252, the superset of Latin-1 that spreadsheets write. A row with too many cells becomes the list of its cells,
which is no event: a delimiter within a text has moved them.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from itertools import chain
from typing import IO

from stream.files.lines import LINE_BYTES_MAX
from stream.files.opened_file import BrokenFileError

Cells = dict[str, str]
DELIMITERS = ",;\t|"


def delimiter_of(head: bytes) -> str:
    """Return the delimiter that gives the most columns; an empty text if none gives two."""
    line = head.split(b"\n", 1)[0].rstrip(b"\r").decode(errors="replace")
    counts = {each: len(_cells(line, each)) for each in DELIMITERS}
    best = max(DELIMITERS, key=counts.__getitem__)
    return best if counts[best] > 1 else ""


def csv_rows(
    file: IO[bytes], delimiter: str, has_header: bool, tell: Callable[[str], None]
) -> Iterator[tuple[int, Cells | list[str]]]:
    """Yield the rows; without a header columns are `1`, `2`, …. Raises BrokenFileError for a quote without its end."""
    csv.field_size_limit(LINE_BYTES_MAX)
    reader = csv.reader(_texts(file, tell), delimiter=delimiter)
    try:
        first = next(reader, [])
        names = [name.strip() for name in first] if has_header else [str(n + 1) for n in range(len(first))]
        for cells in reader if has_header else chain([first], reader):
            while len(cells) > len(names) and not cells[-1].strip():
                cells.pop()
            if len(cells) > len(names):
                yield reader.line_num, cells
            elif any(cell.strip() for cell in cells):
                yield reader.line_num, dict(zip(names, cells, strict=False))
    except csv.Error as error:
        raise BrokenFileError(
            f"line {reader.line_num}: {error}; is a quotation mark there that is never closed?"
        ) from error


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a carriage return within the line
        return []


def _texts(file: IO[bytes], tell: Callable[[str], None]) -> Iterator[str]:
    number, is_told = 0, False
    while line := file.readline(LINE_BYTES_MAX):
        number += 1
        try:
            yield line.decode()
        except UnicodeDecodeError:
            if not is_told:
                tell(f"line {number} is not UTF-8: such lines are read as Windows-1252 (Latin-1)")
                is_told = True
            yield line.decode("cp1252", errors="replace")
