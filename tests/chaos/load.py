"""Events without end: real purchases, year after year, with repeats, broken messages and erasures among them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import msgspec

from stream.files.complete_journey import purchases
from tests.e2e.scenario import Event

HOUSEHOLDS = range(1, 151)  # as the scenario, whose segment model decides
REPEAT_EVERY, BREAK_EVERY, ERASE_EVERY = 97, 499, 2003
YEAR_MS = 366 * 86_400_000
BROKEN = b'{"user_id": '


def load() -> Iterator[Event]:
    """Yield events; the nth is the same in every run."""
    for n, event in enumerate(_years(), start=1):
        yield event
        if n % REPEAT_EVERY == 0:
            yield event
        if n % BREAK_EVERY == 0:
            yield event[0], BROKEN
        if n % ERASE_EVERY == 0:
            yield event[0], msgspec.json.encode({"type": "erase", "userId": (event[0] or b"").decode()})


def _years() -> Iterator[Event]:
    """Yield purchases, each later than the one before: a basket of more items than a window would arrive late."""
    newest_ms = 0
    for year in count():
        for key, value in purchases(households=HOUSEHOLDS):
            event = msgspec.json.decode(value)
            newest_ms = max(newest_ms + 1, event["timestamp"] + year * YEAR_MS)
            yield key, msgspec.json.encode(event | {"timestamp": newest_ms, "id": f"{event['id']}-{year}"})
