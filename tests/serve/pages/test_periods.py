"""Periods are on the stream's clock, and one that cannot be read is refused with a sentence."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from stream.serve.pages.periods import LENGTHS, period_of
from tests.serve.pages.records import HOUR_MS, T0


@pytest.mark.parametrize("name", LENGTHS)
def test_a_period_ends_just_after_the_newest_decision(name: str) -> None:
    period = period_of(T0, name)
    assert (period.until_ms, period.until_ms - period.since_ms) == (T0 + 1, LENGTHS[name])


def test_two_moments_are_a_period_in_utc() -> None:
    period = period_of(T0, "custom", "2017-03-05T13:00", "2017-03-05T14:00")
    assert (period.since_ms, period.until_ms) == (T0 - HOUR_MS, T0)


def test_a_moment_with_an_offset_is_converted() -> None:
    assert period_of(T0, "custom", "2017-03-05T14:00+01:00", "").since_ms == T0 - HOUR_MS


def test_the_query_of_a_period_leads_to_the_same_period() -> None:
    for period in (period_of(T0, "day"), period_of(T0, "custom", "2017-03-01T00:00", "2017-03-02T12:30")):
        query = {name: values[0] for name, values in parse_qs(period.query).items()}
        again = period_of(T0, query["period"], query.get("since", ""), query.get("until", ""))
        assert again == period


@pytest.mark.parametrize(
    ("name", "since", "until", "said"),
    [
        ("fortnight", "", "", "no period"),
        ("custom", "yesterday", "", "no moment"),
        ("custom", "1969-01-01T00:00", "", "2000 to 2100"),
        ("custom", "2017-03-05T14:00", "2017-03-05T13:00", "ends before it begins"),
    ],
)
def test_a_period_that_cannot_be_read_is_refused_with_a_sentence(name: str, since: str, until: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        period_of(T0, name, since, until)
