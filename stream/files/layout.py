"""The layout of a file of events: its format, its columns, and its order. Everything left out is found from the file.

Columns are written as `user_id=customer,timestamp=order_date,text=title+category`, one word for a command line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

FIELDS = ("user_id", "timestamp", "text", "amount", "kind", "id")


class LayoutError(ValueError):
    """A column mapping that cannot be read."""


class ColumnsError(ValueError):
    """A table without a column that is needed."""


class Format(StrEnum):
    """A format of a file, whatever its compression and its encoding."""

    JSON_LINES = "json-lines"  # one event a line
    JSON = "json"  # arrays of events, or events over several lines
    CSV = "csv"  # delimited by commas, semicolons, tabs or bars
    PARQUET = "parquet"
    SNOWPLOW = "snowplow"  # enriched events as tab-separated values, without a header


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout of a file.

    `format` None: found from the first bytes. `columns` maps fields of a flat event to columns of the file: names,
    dotted paths into nested values, or numbers from 1 without a header. Several are joined by a blank, and one that
    begins with `=` is a value for every row. Fields without an entry are guessed, and those with none are left out.
    `sort` puts events in the order of time; None: a file is sorted, standard input is not. `day_first` tells
    31/12/2025 from 12/31/2025; None: found from the first times.
    """

    format: Format | None = None
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    sort: bool | None = None
    day_first: bool | None = None

    @property
    def has_header(self) -> bool:
        """True unless the columns are numbers."""
        paths = [path for paths in self.columns.values() for path in paths if not path.startswith("=")]
        return not paths or not all(path.isdecimal() for path in paths)


DETECT = Layout()


def read_columns(text: str) -> Mapping[str, tuple[str, ...]]:
    """Return the columns of each field. Raises LayoutError.

    >>> dict(read_columns("user_id=customer, text=title+category, kind==purchase, id="))
    {'user_id': ('customer',), 'text': ('title', 'category'), 'kind': ('=purchase',), 'id': ()}
    """
    columns: dict[str, tuple[str, ...]] = {}
    for entry in filter(None, (each.strip() for each in text.split(","))):
        name, equals, source = entry.partition("=")
        name = name.strip()
        if not equals or name not in FIELDS:
            raise LayoutError(f"expected entries such as user_id=customer, for {', '.join(FIELDS)}; got {entry!r}")
        if name in columns:
            raise LayoutError(f"{name} has two entries; several columns are joined by +: {name}=a+b")
        columns[name] = (source,) if source.startswith("=") else _parts(source)
    return MappingProxyType(columns)


def _parts(source: str) -> tuple[str, ...]:
    return tuple(part for part in (each.strip() for each in source.split("+")) if part)
