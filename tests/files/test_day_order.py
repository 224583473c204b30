"""Times that begin with day or month, against Python's strptime."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.files.day_order import as_iso, find_day_first
from stream.files.layout import ColumnsError

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(lambda moment: moment.replace(microsecond=0))


@given(MOMENTS, st.booleans(), st.sampled_from("/.-"), st.sampled_from([" %H:%M:%S", ", %I:%M:%S %p", " %I:%M:%S%p"]))
def test_a_time_is_read_as_strptime_reads_it(moment: datetime, day_first: bool, mark: str, clock: str) -> None:
    form = mark.join(["%d", "%m", "%Y"] if day_first else ["%m", "%d", "%Y"]) + clock
    assert as_iso(moment.strftime(form), day_first) == moment.isoformat()


@pytest.mark.parametrize("other", ["2026-01-02", "yesterday", 7, None, "1/2", "1/2-2026", ["1/2/2026"]])
def test_anything_else_stays_as_it_is(other: object) -> None:
    assert as_iso(other, True) == other
    assert find_day_first([other], None) is None
    assert find_day_first([other], True) is None


def test_the_order_is_that_of_a_time_which_has_only_one() -> None:
    assert find_day_first(["1/2/2026", "13/2/2026"], None) is True
    assert find_day_first(["1/2/2026", "1/13/2026"], None) is False
    assert find_day_first(["1.2.26"], None) is True
    assert find_day_first(["1/2/2026"], False) is False


def test_a_few_such_times_among_others_are_errors_of_their_rows() -> None:
    assert find_day_first(["1/2/2026", "2026-01-02", "2026-01-03", None], None) is None
    assert find_day_first(["1/13/2026", "2026-01-02", "1/2/2026"], None) is False


@pytest.mark.parametrize("times", [["1/2/2026"], ["13/2/2026", "2/13/2026"]])
def test_times_that_do_not_tell_are_an_error(times: list[str]) -> None:
    with pytest.raises(ColumnsError, match="day and month"):
        find_day_first(times, None)
