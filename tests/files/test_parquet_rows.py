"""Rows of Parquet files as pandas and BigQuery write them."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stream.files.opened_file import BrokenFileError
from stream.files.parquet_rows import parquet_rows


def test_rows_have_their_number_and_typed_values() -> None:
    frame = pd.DataFrame(
        {
            "user": [7, 8],
            "at": pd.to_datetime(["2026-01-01 10:00:00.123456789", None]),
            "utc": pd.to_datetime(["2026-01-01", "2026-01-02"], utc=True),
            "params": [[{"key": "a", "value": 1}], []],
        }
    )
    (one, first), (two, second) = parquet_rows(io.BytesIO(frame.to_parquet(index=False)))
    assert (one, two) == (1, 2)
    assert first == {
        "user": 7,
        "at": datetime(2026, 1, 1, 10, 0, 0, 123_000),
        "utc": datetime(2026, 1, 1, tzinfo=UTC),
        "params": [{"key": "a", "value": 1}],
    }
    assert second["at"] is None


def test_a_file_that_is_cut_is_an_error() -> None:
    data = pd.DataFrame({"user": range(1000)}).to_parquet(index=False)
    with pytest.raises(BrokenFileError, match="complete"):
        list(parquet_rows(io.BytesIO(data[: len(data) // 2])))


def test_a_day_beyond_the_years_of_python_is_an_error_of_the_file() -> None:
    days, file = pa.array([40_000_000], pa.int32()).cast(pa.date32()), io.BytesIO()
    pq.write_table(pa.table({"day": days}), file)
    file.seek(0)
    with pytest.raises(BrokenFileError, match="row 1: date value out of range"):
        list(parquet_rows(file))
