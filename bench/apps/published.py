"""Records that a deployment had published at given moments: profile and segment of every user, from a replay.

The jobs run as in `segue replay`: four partitions on the event clock, the default encoder, with training, and a
profile with every evaluation. No record of a moment is later than the moment.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import msgspec
from tqdm import tqdm

from bench.apps.published_cache import PublishedCache, Records, cache_of
from bench.harness.setting_texts import settings_with
from stream.bootstrap import build_replay
from stream.core.policy import PublishProfiles
from stream.files.complete_journey import END_MS, START_MS, purchases
from stream.settings import WorkerSettings
from stream.wire.memberships import UserSegment
from stream.wire.profiles import UserProfile, read_profile
from stream.wire.records import ProducerRecord
from stream.wire.topics import USER_PROFILES, USER_SEGMENTS

N_PARTITIONS = 4  # the default of `segue replay`
Messages = Iterable[tuple[bytes | None, bytes | None]]

_read_segment = msgspec.json.Decoder(UserSegment).decode


class _Timed(msgspec.Struct):
    time_ms: int


_read_time = msgspec.json.Decoder(_Timed).decode


@dataclass(frozen=True)
class Published:
    """Newest records of users at or before `time_ms`; `segments` lacks users without a first result."""

    time_ms: int
    profiles: dict[str, UserProfile]
    segments: dict[str, UserSegment]


def published_at(
    times_ms: Sequence[int],
    settings: Mapping[str, str] | None = None,
    households: Collection[int] | None = None,
    events: Messages | None = None,
    stream: str = "",
) -> list[Published]:
    """Return what was published at each of `times_ms`, in their order.

    `settings` are those of a worker by name, such as `{"window_items": "128"}`; the rest has default values. Without
    `events` the purchases of The Complete Journey are replayed, those of `households` or of all, and the result stays
    in the cache folder. With `events`, pairs of key and value in time order, nothing is kept, except
    under the name `stream`.
    """
    texts = {"publish_profiles": PublishProfiles.ALWAYS.value, **(settings or {})}
    chosen = settings_with(texts)
    if events is not None and not stream:
        found = replayed(events, times_ms, chosen)
    else:
        named = texts | ({"stream": stream} if stream else {})
        with cache_of(named, chosen.process.encoder, households) as cache:
            found = _from_cache(
                cache, times_ms, chosen, lambda: purchases(START_MS, END_MS, households) if events is None else events
            )
    return [_decoded(time_ms, found[time_ms]) for time_ms in times_ms]


def replayed(events: Messages, times_ms: Collection[int], settings: WorkerSettings) -> dict[int, Records]:
    """Replay `events` and return the newest records of users at each time."""
    moments = Moments(times_ms)
    job = build_replay(settings, N_PARTITIONS)
    for message in job.run(tqdm(events, "replay", unit=" events", disable=None, leave=False)):
        moments.take(message)
    return moments.newest()


class Moments:
    """A collection of the newest records of users at several times, from messages in the order of the jobs.

    A membership comes just before the profile of its evaluation, and has its time.
    """

    def __init__(self, times_ms: Collection[int]) -> None:
        self._times_ms = sorted(set(times_ms))
        self._since = [Records() for _ in range(len(self._times_ms) + 1)]  # since the time before; the last: too late
        self._membership: ProducerRecord | None = None
        self._now_ms = 0

    def take(self, message: ProducerRecord) -> None:
        """Take in a message of the jobs."""
        if message.topic == USER_SEGMENTS:
            self._membership = message
        elif message.topic == USER_PROFILES and message.key is not None:
            user = message.key.decode()
            if message.value is not None:  # a tombstone has no time: it counts at the newest so far
                self._now_ms = _read_time(message.value).time_ms
            records = self._since[bisect_left(self._times_ms, self._now_ms)]
            records.profiles[user] = message.value
            if self._membership is not None and self._membership.key == message.key:
                records.segments[user] = self._membership.value
            self._membership = None

    def newest(self) -> dict[int, Records]:
        """Return the records by time; erased users have None."""
        for before, after in pairwise(self._since):
            after.profiles = before.profiles | after.profiles
            after.segments = before.segments | after.segments
        return dict(zip(self._times_ms, self._since, strict=False))


def month_starts_and_middles() -> list[int]:
    """Return midnight of the first and the fifteenth of each month of 2017, and of the first of 2018."""
    days = [datetime(2017, month, day, tzinfo=UTC) for month in range(1, 13) for day in (1, 15)]
    return [int(day.timestamp()) * 1000 for day in [*days, datetime(2018, 1, 1, tzinfo=UTC)]]


def _from_cache(
    cache: PublishedCache, times_ms: Sequence[int], settings: WorkerSettings, events: Callable[[], Messages]
) -> dict[int, Records]:
    """Return the records at each time. A replay that is needed also keeps the starts and middles of months."""
    missing = {time_ms for time_ms in times_ms if not cache.has(time_ms)}
    if missing:
        also = {time_ms for time_ms in month_starts_and_middles() if not cache.has(time_ms)}
        for time_ms, records in replayed(events(), missing | also, settings).items():
            cache.keep(time_ms, records)
    return {time_ms: cache.read(time_ms) for time_ms in times_ms}


def _decoded(time_ms: int, records: Records) -> Published:
    profiles = {user: read_profile(value) for user, value in records.profiles.items() if value is not None}
    segments = {user: _read_segment(value) for user, value in records.segments.items() if value is not None}
    return Published(time_ms, profiles, segments)
