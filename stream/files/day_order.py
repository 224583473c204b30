"""Times that begin with day or month, such as `31.12.2025` and `12/31/2025 8:26 PM`, as ISO 8601.

One such time does not tell which it is; those of a whole column mostly do. With dots the day comes first everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from stream.files.layout import ColumnsError

_TIME = re.compile(
    r"""(?P<first>\d{1,2}) (?P<mark>[./-]) (?P<second>\d{1,2}) (?P=mark) (?P<year>\d{4}|\d\d)
        (?: [\sT,]+ (?P<hour>\d{1,2}) : (?P<minute>\d\d) (?P<rest>(?: :\d\d (?:[.,]\d+)? )?)
            (?: \s* (?P<half>[AP]) \.?M\.? )? )? \s*""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)


def find_day_first(times: Sequence[object], given: bool | None) -> bool | None:
    """Return whether the day comes first; None unless most times are of this kind. Raises ColumnsError if none tells.

    >>> [find_day_first(times, None) for times in (["1/2/2026", "1/31/2026"], ["1.2.2026"], ["2026-01-02"])]
    [False, True, None]
    """
    found = [match for time in times if isinstance(time, str) and (match := _TIME.fullmatch(time.strip()))]
    if 2 * len(found) <= sum(time is not None for time in times):  # a few of them are errors of their rows
        return None
    if given is not None:
        return given
    is_day_first = any(int(match["first"]) > 12 or match["mark"] == "." for match in found)
    if is_day_first == any(int(match["second"]) > 12 for match in found):
        raise ColumnsError(
            f"in times such as {found[0][0]!r} day and month cannot be told apart: say --day-first or --no-day-first"
        )
    return is_day_first


def as_iso(time: object, is_day_first: bool) -> object:
    """Return a time in ISO 8601 with the zone left out; anything else as it is.

    >>> as_iso("12/1/2010 8:26", False), as_iso("31.12.25, 11:05:09 PM", True), as_iso("31.12.2025", True)
    ('2010-12-01T08:26', '2025-12-31T23:05:09', '2025-12-31')
    """
    match = _TIME.fullmatch(time.strip()) if isinstance(time, str) else None
    if match is None:
        return time
    day, month = (match["first"], match["second"]) if is_day_first else (match["second"], match["first"])
    year = match["year"] if len(match["year"]) == 4 else f"20{match['year']}"
    date = f"{year}-{month:0>2}-{day:0>2}"
    if match["hour"] is None:
        return date
    hour = int(match["hour"])
    if match["half"]:
        hour = hour % 12 + (12 if match["half"] in "pP" else 0)
    return f"{date}T{hour:02}:{match['minute']}{match['rest']}"
