"""Periods on the stream's clock: the last hour, day, week or month before the newest decision, or two moments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

_DAY_MS = 86_400_000
LENGTHS = {"hour": _DAY_MS // 24, "day": _DAY_MS, "week": 7 * _DAY_MS, "month": 30 * _DAY_MS}
LABELS = {"hour": "the last hour", "day": "the last day", "week": "the last 7 days", "month": "the last 30 days"}
ALL, CUSTOM = "all", "custom"
_YEAR_2000_MS, _YEAR_2100_MS = 946_684_800_000, 4_102_444_800_000


@dataclass(frozen=True, slots=True)
class Period:
    """A period `[since_ms, until_ms)`, with the name of the choice and a label for people."""

    name: str
    since_ms: int
    until_ms: int
    label: str

    @property
    def query(self) -> str:
        """The choice as a query string."""
        if self.name == CUSTOM:
            return urlencode({"period": CUSTOM, "since": _local(self.since_ms), "until": _local(self.until_ms)})
        return urlencode({"period": self.name})

    @property
    def since(self) -> str:
        """The beginning, for an input of a date and a time."""
        return _local(self.since_ms)

    @property
    def until(self) -> str:
        """The end, for an input of a date and a time."""
        return _local(self.until_ms)


def period_of(newest_ms: int, name: str = "week", since: str = "", until: str = "") -> Period:
    """Return the period that was asked for, which ends just after the newest decision unless `until` says otherwise.

    Raises ValueError, with a sentence for people, for moments that cannot be read or are in the wrong order.
    """
    end_ms = newest_ms + 1
    if name == CUSTOM or since or until:
        since_ms, until_ms = _read(since, _YEAR_2000_MS), _read(until, end_ms)
        if since_ms >= until_ms:
            raise ValueError("The period ends before it begins: choose an end that is later.")
        return Period(CUSTOM, since_ms, until_ms, f"{_text(since_ms)} to {_text(until_ms)} UTC")
    if name == ALL:
        return Period(ALL, _YEAR_2000_MS, end_ms, "all that is stored")
    if name not in LENGTHS:
        raise ValueError(f"There is no period “{name[:20]}”: choose {', '.join(LENGTHS)}, all, or two moments.")
    return Period(name, end_ms - LENGTHS[name], end_ms, LABELS[name])


def _read(text: str, default_ms: int) -> int:
    if not text:
        return default_ms
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"“{text[:30]}” is no moment: write it like 2017-03-05T14:02 (UTC).") from error
    time_ms = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    if not _YEAR_2000_MS <= time_ms <= _YEAR_2100_MS:
        raise ValueError(f"“{text[:30]}” is not from 2000 to 2100.")
    return time_ms


def _local(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%dT%H:%M}"


def _text(time_ms: int) -> str:
    return _local(time_ms).replace("T", " ")
