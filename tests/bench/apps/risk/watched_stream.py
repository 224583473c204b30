"""A small watched stream, made up: ten users twice a day, of whom one changes."""

from __future__ import annotations

import numpy as np

from bench.apps.risk.cases import Case, Kind
from bench.apps.risk.stream import END_MS, START_MS, TEST_MS
from bench.apps.risk.watched import Watched
from stream.core.arrays import Floats
from stream.core.policy import DAY_MS

N_USERS, D = 10, 12
N_DAYS = (END_MS - START_MS) // DAY_MS
FRAUD = Case(Kind.TAKEOVER, "3", TEST_MS + 3 * DAY_MS, TEST_MS + 31 * DAY_MS, "3")
CLEAN = frozenset(map(str, range(6, N_USERS)))


def watched(seed: int = 0) -> Watched:
    """Return rows by time, then user; from the fraud on, user 3 is ten deviations away."""
    rng = np.random.default_rng(seed)
    user = np.tile(np.arange(N_USERS), 2 * N_DAYS)
    time_ms = START_MS + np.repeat(np.arange(2 * N_DAYS), N_USERS) * (DAY_MS // 2)
    is_fraud = (user == 3) & (time_ms >= FRAUD.start_ms)
    rows: Floats = rng.normal(size=(len(user), 2 + D)) + 10.0 * is_fraud[:, None]
    return Watched(
        users=[str(each) for each in range(N_USERS)],
        user=user,
        time_ms=time_ms,
        explicit=rows[:, :2],
        semantic=rows[:, 2:].astype(np.float32),
        segment=np.where(is_fraud, "s-0002", "s-0001"),
        signals=np.stack([rows.mean(axis=1)] * 4, axis=1),
        scores=rows.mean(axis=1),
        alerts=[],
        cases=[FRAUD],
        clean=CLEAN,
        purchases_ms={str(each): time_ms[user == each].tolist() for each in range(N_USERS)},
    )
