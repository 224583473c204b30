"""A moment is the same however a producer writes it. The table of docs/contract.md is tested line by line."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.event import Rejected
from stream.core.reasons import Reason
from stream.wire.timestamps import END_MS, FIRST_MS, to_ms

CONTRACT = Path(__file__).parents[2] / "docs" / "contract.md"
TEN_MS = 1_795_687_200_000  # 2026-11-26 10:00:00 UTC
ACCEPTED = {
    "2026-11-26T10:00:00Z": TEN_MS,
    "2026-11-26 10:00:00": TEN_MS,
    "2026-11-26t10:00:00z": TEN_MS,
    "2026-11-26 10:00:00 UTC": TEN_MS,
    "2026-11-26T10:00:00 GMT": TEN_MS,
    "2026-11-26T10:00": TEN_MS,
    "2026-11-26T10": TEN_MS,
    "2026-11-26T10:00:00.5Z": TEN_MS + 500,
    "2026-11-26T10:00:00,25Z": TEN_MS + 250,
    "2026-11-26T10:00:00.123456789Z": TEN_MS + 123,
    "2026-11-26T10:30.5Z": TEN_MS + 1_830_000,
    "2026-11-26T11:00:00+01:00": TEN_MS,
    "2026-11-26T11:00:00+0100": TEN_MS,
    "2026-11-26T11:00:00+01": TEN_MS,
    "2026-11-26 05:00:00 -0500": TEN_MS,
    "2026-11-26T05:00:00−05:00": TEN_MS,
    "2026-11-26T11:00:00+01:00[Europe/Berlin]": TEN_MS,
    "2026-11-26": TEN_MS - 36_000_000,
    "2026-11-26Z": TEN_MS - 36_000_000,
    "2026/11/26 10:00:00": TEN_MS,
    "2026-330T10:00:00Z": TEN_MS,
    "2026-W48-4T10:00:00Z": TEN_MS,
    "2026-W48": TEN_MS - 36_000_000 - 3 * 86_400_000,
    "20261126T100000Z": TEN_MS,
    "20261126T1000+0000": TEN_MS,
    "2026-11-25T24:00:00Z": TEN_MS - 36_000_000,
    "2026-11-26T09:59:60Z": TEN_MS,
    "  2026-11-26T10:00:00Z\n": TEN_MS,
    "1795687200000": TEN_MS,
    "1795687200": TEN_MS,
    "1795687200.5": TEN_MS + 500,
    "1.7956872e12": TEN_MS,
}
REFUSED = {
    "": "empty",
    "01/02/2026": "day and month cannot be told apart",
    "26.11.2026 10:00": "day and month cannot be told apart",
    "26-11-26": "day and month cannot be told apart",
    "20261126": "read like a number",
    "20261126100000": "read like a number",
    "2026-11": "the day is missing",
    "2026": "the day is missing",
    "Thu, 26 Nov 2026 10:00:00 GMT": "dates in words",
    "Nov 26, 2026": "dates in words",
    "2026-11-26 10:00 PM": "hours count from 00 to 24",
    "2026-11-26 10:00:00 CET": "names of zones",
    "2026-11-26T10:00:00[Europe/Berlin]": "names of zones",
    "yesterday": "",
    "2026-02-30": "",
    "2026-366": "",
    "2026-W54-1": "",
    "2026-11-26T24:00:01Z": "",
    "2026-11-26T25:00:00Z": "",
    "2026-11-26T10:60:00Z": "",
    "2026-11-26T10:00:61Z": "",
    "2026-11-26T10:00:00+24:00": "",
    "2026-11-26T10:00:00.Z": "",
    "2026-1-2": "",
    "0000-01-01": "",
    "２０２６-11-26": "",
    "0x1A": "",
    "1,795,687,200": "",
    "2026-11-26T10:00:00Z" + " " * 300 + "x": "",
}


@pytest.mark.parametrize(("text", "time_ms"), ACCEPTED.items())
def test_a_form_that_is_sent_is_read(text: str, time_ms: int) -> None:
    assert to_ms(text) == time_ms


@pytest.mark.parametrize(("text", "hint"), REFUSED.items())
def test_a_form_that_has_no_one_meaning_is_refused_with_a_hint(text: str, hint: str) -> None:
    refused = to_ms(text)
    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.BAD_TIMESTAMP
    assert hint in refused.detail
    assert len(refused.detail) < 200


def test_every_form_of_the_contract_is_tested() -> None:
    table = CONTRACT.read_text(encoding="utf-8").partition("#### Times")[2].partition("\n#")[0]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    read = {form for row in rows for form in re.findall("`([^`]+)`", row.split("|")[1]) if "refused" not in row}
    refused = {form for row in rows for form in re.findall("`([^`]+)`", row.split("|")[1]) if "refused" in row}
    assert read
    assert read <= ACCEPTED.keys()
    assert refused
    assert refused <= REFUSED.keys()


@given(st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30), timezones=st.timezones()))
def test_iso_text_and_number_are_the_same_time(moment: datetime) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    seconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    assert to_ms(moment.isoformat()) == to_ms(round(seconds * 1000)) == to_ms(seconds) == to_ms(str(seconds))


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31, 23, 59, 59)))
def test_the_day_of_a_year_and_of_a_week_are_the_same_day(moment: datetime) -> None:
    time = moment.strftime("%H:%M:%S")
    spelled = {to_ms(f"{moment.strftime(form)}T{time}") for form in ("%Y-%m-%d", "%Y-%j", "%G-W%V-%u", "%Y/%m/%d")}
    assert spelled == {to_ms(moment.strftime("%Y%m%dT%H%M%S"))}


@given(st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30)), st.integers(-14 * 60 + 1, 14 * 60 - 1))
def test_the_short_way_for_the_usual_form_is_the_long_way(moment: datetime, offset: int) -> None:
    zone = f"{'+-'[offset < 0]}{abs(offset) // 60:02}:{abs(offset) % 60:02}"
    usual = f"{moment.isoformat(timespec='milliseconds')}{zone}"
    assert to_ms(usual) == to_ms(usual.replace("T", "t"))


@given(st.text(max_size=30) | st.text(alphabet="0123456789-:T.+Z eE", max_size=30))
def test_any_text_is_a_time_or_a_refusal(text: str) -> None:
    assert isinstance(to_ms(text), int | Rejected)


def test_the_accepted_range_is_half_open() -> None:
    assert to_ms("2000-01-01") == FIRST_MS
    assert to_ms("2099-12-31T23:59:59.999Z") == END_MS - 1
    assert to_ms("2000-01-01T00:00:00+00:00") == FIRST_MS
    infinity = float("inf")  # as JSON's 1e999 is read
    for outside in (FIRST_MS - 1, "2100-01-01T00:00:00Z", "1e308", "1e999", "9" * 200, infinity, -infinity):
        refused = to_ms(outside)
        assert isinstance(refused, Rejected)
        assert refused.reason is Reason.TIMESTAMP_OUT_OF_RANGE


def test_microseconds_are_refused_by_name() -> None:
    refused = to_ms(TEN_MS * 1000)
    assert isinstance(refused, Rejected)
    assert "microseconds since 1970" in refused.detail
