"""One stream as applications see it: replayed by the jobs, watched by the application, as arrays of all methods."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from gzip import compress, decompress
from hashlib import sha256

import msgspec
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from apps.risk import Judged, Risk
from apps.settings import RiskSettings
from bench.apps.published_cache import cache_of
from bench.apps.risk.cases import Case, Numbers
from bench.apps.risk.planted import plant
from bench.apps.risk.stream import TEST_MS, histories, households, messages
from bench.harness.setting_texts import settings_with
from stream.bootstrap import build_replay
from stream.core.arrays import Floats, Ints, Vectors
from stream.demo.worker import SETTINGS as DEMO
from stream.runtime.whole_file import whole_file
from stream.wire.changes import SegmentChange
from stream.wire.profiles import UserProfile, arrays_of
from stream.wire.topics import SEGMENT_CHANGES, USER_PROFILES

N_PARTITIONS = 4
SETTINGS = DEMO | {"publish_profiles": "always"}

_Record = UserProfile | SegmentChange
_PROFILE = msgspec.json.Decoder(UserProfile).decode
_CHANGE = msgspec.json.Decoder(SegmentChange).decode


@dataclass(frozen=True)
class Plan:
    """A stream to make: cases among households of the `judged` buckets, and clean ones of `others`."""

    seed: int
    judged: tuple[int, ...]
    others: tuple[int, ...]
    numbers: Numbers
    one_in: int


@dataclass(frozen=True)
class Watched:
    """Profiles with new items of all users, by time: rows of `user (n,)`, an index of `users`, at `time_ms (n,)`.

    `signals (n, 4)` and `scores (n,)` are the application's, and `alerts` the rows at which it alerted by itself.
    `clean` has the users of the other buckets, and `purchases_ms` the times of all purchases of a user.
    """

    users: list[str]
    user: Ints
    time_ms: Ints
    explicit: Floats
    semantic: Vectors
    segment: NDArray[np.str_]
    signals: Floats
    scores: Floats
    alerts: list[int]
    cases: list[Case]
    clean: frozenset[str]
    purchases_ms: dict[str, list[int]]


def watch(plan: Plan) -> Watched:
    """Make a stream, replay it, and let the application watch; it learns its budget until TEST_MS."""
    rng = np.random.default_rng(plan.seed)
    planted = plant(histories(households(plan.judged, plan.one_in), rng), plan.numbers, rng)
    others = histories(households(plan.others, plan.one_in), rng)
    everybody = planted.histories | others
    purchases_ms = {user: [each.timestamp for each in history] for user, history in everybody.items()}
    noting = _Noting()
    for record in published(messages(everybody)):
        noting.take(record)
    return _arrays(noting, planted.cases, frozenset(others), purchases_ms)


def published(events: Sequence[tuple[bytes, bytes]]) -> Iterator[_Record]:
    """Yield what a deployment publishes on `user-profiles` and `segment-changes`, in order; replays are kept."""
    settings = settings_with(SETTINGS)
    digest = sha256(b"\n".join(value for _, value in events)).hexdigest()
    with cache_of({**SETTINGS, "events": digest}, settings.process.encoder, None) as cache:
        file = cache.folder / "records.msgpack.gz"
        if not file.is_file():
            job = build_replay(settings, N_PARTITIONS)
            values = [
                (message.topic == USER_PROFILES, message.value)
                for message in job.run(tqdm(events, "replay", unit=" events", disable=None, leave=False))
                if message.topic in (USER_PROFILES, SEGMENT_CHANGES)
            ]
            with whole_file(file) as out:
                out.write(compress(msgspec.msgpack.encode(values), compresslevel=1, mtime=0))
        kept = msgspec.msgpack.decode(decompress(file.read_bytes()), type=list[tuple[bool, bytes]])
    return (_PROFILE(value) if is_profile else _CHANGE(value) for is_profile, value in kept)


class _Noting(Risk):
    """An application with a note of all that it judged."""

    def __init__(self) -> None:
        super().__init__(RiskSettings())
        self.profiles: list[UserProfile] = []
        self.judged: list[Judged] = []
        self.alerts: list[int] = []

    def judge(self, record: UserProfile) -> Judged | None:
        self.budget.is_learning = record.time_ms < TEST_MS
        judged = super().judge(record)
        if judged is not None:
            self.profiles.append(record)
            self.judged.append(judged)
        return judged

    def take(self, record: _Record) -> None:
        """Take a record, and note the row of an alert."""
        actions = self.on_profile(record) if isinstance(record, UserProfile) else self.on_change(record)
        self.alerts += [len(self.judged) - 1 for _ in actions]


def _arrays(noting: _Noting, cases: list[Case], clean: frozenset[str], purchases_ms: dict[str, list[int]]) -> Watched:
    explicit, semantic = arrays_of(noting.profiles)
    users = sorted({each.user for each in noting.profiles})
    index = {user: at for at, user in enumerate(users)}
    return Watched(
        users=users,
        user=np.array([index[each.user] for each in noting.profiles]),
        time_ms=np.array([each.time_ms for each in noting.profiles]),
        explicit=explicit,
        semantic=semantic,
        segment=np.array([each.segment for each in noting.profiles]),
        signals=np.stack([each.observed.values for each in noting.judged]),
        scores=np.array([each.score for each in noting.judged]),
        alerts=noting.alerts,
        cases=cases,
        clean=clean,
        purchases_ms=purchases_ms,
    )
