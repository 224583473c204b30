"""The Complete Journey to the application's own customers: every purchase, and the profiles of half-monthly moments.

The customers know the whole year in the end, but answer as of a moment. Rows are made of purchases and profiles before
it, and a forecast learns only from outcomes that were over by then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from tqdm import tqdm

from apps.relationship import Relationship
from apps.settings import RelationshipSettings
from bench.apps.published import month_starts_and_middles, published_at
from bench.apps.purchase import read_purchase
from stream.core.event import Event
from stream.files.complete_journey import END_MS, START_MS, purchases

FIRST_MS = int(datetime(2017, 2, 15, tzinfo=UTC).timestamp()) * 1000  # before it there is hardly a past
ASKED_FROM_MS = int(datetime(2017, 7, 1, tzinfo=UTC).timestamp()) * 1000  # before it few outcomes are known


def journey(settings: Mapping[str, str], households: Collection[int] | None) -> Relationship:
    """Return the application after the year, with the moments that it keeps; nothing is learned yet."""
    app = Relationship(RelationshipSettings())
    messages = purchases(START_MS, END_MS, households)
    for _, value in tqdm(messages, "purchases", unit=" events", disable=None, leave=False):
        each = read_purchase(value)
        app.on_event(Event(each.user_id, each.id, each.kind, each.timestamp, each.text, each.amount))
    for moment in published_at(moments(), settings, households):
        for profile in moment.profiles.values():
            app.on_profile(profile)
        app.customers.keep(moment.time_ms)
    return app


def moments() -> list[int]:
    """Return the starts and middles of months from the middle of February on."""
    return [time_ms for time_ms in month_starts_and_middles() if FIRST_MS <= time_ms < END_MS]


def asked(length_ms: int) -> list[int]:
    """Return the starts of months from July on whose outcome of this length is over with the year."""
    starts = [time_ms for time_ms in moments() if datetime.fromtimestamp(time_ms / 1000, UTC).day == 1]
    return [time_ms for time_ms in starts if ASKED_FROM_MS <= time_ms <= END_MS - length_ms]
