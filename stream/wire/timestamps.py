"""Timestamps as producers write them, to integer milliseconds since 1970 UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from stream.core.event import Rejected
from stream.core.reasons import Reason
from stream.wire.reasons import rejected

FIRST_MS = 946_684_800_000  # 2000-01-01, the first accepted
END_MS = 4_102_444_800_000  # 2100-01-01, the first not accepted
SECONDS_BELOW = 1e11  # as milliseconds that is 1973-03-03, as seconds the year 5138

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(timestamp: int | float | str | None) -> int | Rejected:
    """Return milliseconds of a number (ms; seconds if below 1e11 in magnitude) or an ISO 8601 text (no zone: UTC).

    >>> to_ms(1_700_000_000), to_ms(1_700_000_000_123), to_ms("2023-11-14T23:13:20+01:00")
    (1700000000000, 1700000000123, 1700000000000)
    """
    if timestamp is None:
        return rejected(Reason.MISSING_TIMESTAMP)
    if isinstance(timestamp, str):
        time_ms = _iso_ms(timestamp)
        if time_ms is None:
            return rejected(Reason.BAD_TIMESTAMP, f"expected ISO 8601, got {timestamp[:40]!r}")
    else:
        time_ms = round(timestamp * 1000 if -SECONDS_BELOW < timestamp < SECONDS_BELOW else timestamp)
    if FIRST_MS <= time_ms < END_MS:
        return time_ms
    return rejected(
        Reason.TIMESTAMP_OUT_OF_RANGE, f"expected 2000-01-01 to before 2100-01-01, got {str(timestamp)[:40]}"
    )


def _iso_ms(text: str) -> int | None:
    if text[4:5] != "-":  # the basic format 20231114 reads like a number
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // _MILLISECOND
