"""Features of the baselines: the published profile, its difference from the user's own past, and changes of segment."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from numpy.typing import NDArray

from apps.methods.risk_signals import PAST_MIN
from bench.apps.risk.watched import Watched
from stream.core.arrays import Floats, Vectors
from stream.core.policy import DAY_MS

_PAST = 0.005  # weight of a new profile in the past, as in the application
_HALF_LIFE_DAYS = 7.0  # of the surprise of a change of segment


def profiles(stream: Watched) -> Vectors:
    """Return the published profiles, explicit and semantic, (n, f + d)."""
    return np.hstack([stream.explicit, stream.semantic]).astype(np.float32)


def differences(stream: Watched) -> Vectors:
    """Return the profiles minus the user's own past, (n, f + d); NaN rows while the past is short."""
    rows = profiles(stream)
    means, counts = np.zeros((len(stream.users), rows.shape[1]), np.float32), np.zeros(len(stream.users), int)
    found = np.full_like(rows, np.nan)
    for at, user in enumerate(stream.user):
        if counts[user] >= PAST_MIN:
            found[at] = rows[at] - means[user]
        counts[user] += 1
        means[user] += max(_PAST, 1 / counts[user]) * (rows[at] - means[user])
    return found


def segment_surprise(stream: Watched) -> Floats:
    """Return how improbable the changes of a user's segment were lately, (n,): −log of their frequencies so far."""
    changes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    current, surprise, since_ms = dict[int, str](), dict[int, float](), dict[int, int]()
    found = np.zeros(len(stream.user))
    for at, (user, time_ms, segment) in enumerate(
        zip(stream.user.tolist(), stream.time_ms.tolist(), stream.segment.tolist(), strict=True)
    ):
        before = current.get(user, segment)
        changes[before][segment] += 1
        fade = 0.5 ** ((time_ms - since_ms.get(user, time_ms)) / (_HALF_LIFE_DAYS * DAY_MS))
        new = -np.log(changes[before][segment] / changes[before].total()) if segment != before else 0.0
        surprise[user] = surprise.get(user, 0.0) * fade + new
        current[user], since_ms[user], found[at] = segment, time_ms, surprise[user]
    return found


def is_fraud(stream: Watched) -> NDArray[np.bool_]:
    """Return True for the rows within a case, (n,)."""
    spans = {stream.users.index(case.user): (case.start_ms, case.end_ms) for case in stream.cases}
    never = (0, 0)
    starts, ends = np.array([spans.get(user, never) for user in range(len(stream.users))]).T
    return np.asarray((stream.time_ms >= starts[stream.user]) & (stream.time_ms < ends[stream.user]))
