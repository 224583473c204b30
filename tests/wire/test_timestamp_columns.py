"""Timestamps read together are what they are one by one, whatever stands beside them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.event import Rejected
from stream.wire.calls import Time
from stream.wire.timestamp_columns import NOT_READ, to_ms_together
from stream.wire.timestamps import END_MS, FIRST_MS, to_ms

TIME_MS = 1_700_000_000_123
FORMS = (
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%fZ",
    "%Y-%m-%dT%H:%M:%S.%f+01:30",
    "%Y-%m-%dT%H:%M:%S-11:00",
    "%d.%m.%Y",
)
MOMENTS = st.datetimes(datetime(1999, 12, 1), datetime(2100, 2, 1))
WRITTEN = st.builds(lambda moment, form: moment.strftime(form), MOMENTS, st.sampled_from(FORMS))
CHANGED = st.builds(
    lambda text, at, char: text[: at % len(text)] + char + text[at % len(text) + 1 :],
    WRITTEN,
    st.integers(0, 40),
    st.sampled_from("0123456789:-+Z.T /٣é"),
)
NUMBERS = st.integers(FIRST_MS - 2, FIRST_MS + 2) | st.integers() | st.floats() | st.integers(END_MS - 2, END_MS + 2)
TIMES: st.SearchStrategy[Time] = st.none() | NUMBERS | WRITTEN | CHANGED | st.text(max_size=30)


def one_by_one(times: list[Time]) -> list[int]:
    found = [to_ms(time) for time in times]
    return [NOT_READ if isinstance(time_ms, Rejected) else time_ms for time_ms in found]


@given(st.lists(TIMES, max_size=40))
def test_any_times_are_read_as_one_by_one(times: list[Time]) -> None:
    assert to_ms_together(times).tolist() == one_by_one(times)


@given(st.sampled_from(FORMS), st.lists(MOMENTS, min_size=16, max_size=40), st.lists(CHANGED, max_size=5))
def test_texts_of_one_form_and_faulty_ones_between_them_are_read_as_one_by_one(
    form: str, moments: list[datetime], faulty: list[str]
) -> None:
    times: list[Time] = [*faulty[:2], *(moment.strftime(form) for moment in moments), *faulty[2:]]
    assert to_ms_together(times).tolist() == one_by_one(times)


@pytest.mark.parametrize("faulty", ["2023-02-29", "2023-13-01", "2023-00-10", "2023-11-00", "2023-11-31", "2024-02-30"])
def test_a_day_that_does_not_exist_is_not_read(faulty: str) -> None:
    times: list[Time] = [f"{day}T10:00:00Z" for day in ["2024-02-29"] * 20 + [faulty]]
    assert to_ms_together(times).tolist() == [1_709_200_800_000] * 20 + [NOT_READ]


@pytest.mark.parametrize("faulty", ["24:00:01Z", "10:60:00Z", "10:00:61Z"])
def test_a_time_that_does_not_exist_is_not_read(faulty: str) -> None:
    times: list[Time] = [f"2023-11-14T{time}" for time in ["10:00:00Z"] * 20 + [faulty]]
    assert to_ms_together(times)[-1] == NOT_READ


@pytest.mark.parametrize("hours", [-23, -1, 0, 5, 23])
@pytest.mark.parametrize("timespec", ["seconds", "milliseconds", "microseconds"])
def test_what_python_writes_is_read_to_the_millisecond(hours: int, timespec: str) -> None:
    moments = [datetime.fromtimestamp(TIME_MS // 1000 + at * 86_399, UTC) for at in range(40)]
    zone = timezone(timedelta(hours=hours))
    times: list[Time] = [moment.astimezone(zone).isoformat(timespec=timespec) for moment in moments]
    assert to_ms_together(times).tolist() == [int(moment.timestamp()) * 1000 for moment in moments]


def test_no_times_are_no_rows() -> None:
    assert to_ms_together([]).tolist() == []
