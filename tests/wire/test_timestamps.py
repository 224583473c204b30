"""A moment is the same however a producer writes it."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from stream.core.event import Rejected
from stream.wire.timestamps import END_MS, FIRST_MS, to_ms


@given(st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30), timezones=st.timezones()))
def test_iso_text_and_number_are_the_same_time(moment: datetime) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    seconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    assert to_ms(moment.isoformat()) == to_ms(round(seconds * 1000)) == to_ms(seconds)


def test_the_accepted_range_is_half_open() -> None:
    assert to_ms("2000-01-01") == FIRST_MS
    assert to_ms("2099-12-31T23:59:59.999Z") == END_MS - 1
    assert isinstance(to_ms(FIRST_MS - 1), Rejected)
    assert isinstance(to_ms("2100-01-01T00:00:00Z"), Rejected)
