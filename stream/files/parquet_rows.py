"""The rows of a Parquet file as mappings from column to value, each with its number; needs the extra `parquet`.

Apache Parquet keeps its directory at the end of a file, so standard input is copied to a temporary file first.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from typing import IO, Any

from stream.files.opened_file import BrokenFileError

MAGIC = b"PAR1"
_BATCH_ROWS = 10_000


def parquet_rows(file: IO[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows. Raises BrokenFileError for a damaged file, and ModuleNotFoundError without the extra."""
    import pyarrow as pa  # an extra
    import pyarrow.parquet as pq

    number = 0
    with tempfile.TemporaryFile() as seekable:
        shutil.copyfileobj(file, seekable, 1 << 20)
        seekable.seek(0)
        try:
            for batch in pq.ParquetFile(seekable).iter_batches(_BATCH_ROWS):
                for row in _in_milliseconds(pa, batch).to_pylist():
                    number += 1
                    yield number, row
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:  # also a day beyond Python's years
            raise BrokenFileError(f"row {number + 1}: {error}; is the Parquet file complete?") from error


def _in_milliseconds(pa: Any, batch: Any) -> Any:
    """Return the batch with timestamps in milliseconds: Python has none in nanoseconds."""
    columns = []
    for column in batch.columns:
        kind = column.type
        if pa.types.is_timestamp(kind) and kind.unit in ("us", "ns"):
            column = column.cast(pa.timestamp("ms", kind.tz), safe=False)
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
