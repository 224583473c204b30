"""Agreement of ids with the truth, and changes of ids without a reason.

All functions read two matrices `(n_days, n_users)` of a panel, `truth` and `ids`: a row is a day, ABSENT where the user
was not active. NO_ANSWER counts as an id: users without an answer form one cluster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix

from bench.segments.scenarios import LINEAGE_KINDS, PlantedEvent
from stream.core.arrays import Ints

ABSENT = -2
NO_ANSWER = -1

SETTLING_DAYS = 21  # after a true change: the least active users need 18 days to fill a window of 16
RECOGNISED = 0.8
RING_DAYS = 10  # at the end of the stream
START_DAYS = 2  # their lineage events are those of the warm-up; no event is planted so early


@dataclass(frozen=True)
class Changes:
    """Changes of ids without a reason, among all pairs of consecutive active days of a user."""

    n_unjustified: int
    n_user_days: int


@dataclass(frozen=True)
class Delay:
    """Days until an event is recognised, or, where it was not, the days watched: a lower bound."""

    days: int
    recognised: bool


@dataclass(frozen=True)
class Ring:
    """Means over the last RING_DAYS days."""

    recall: float
    precision: float


@dataclass(frozen=True)
class LineageScore:
    """Numbers of planted events, of published ones among them, and of published events without a plant."""

    n_planted: int
    n_published: int
    n_surplus: int


def rand_index(truth: Ints, ids: Ints) -> NDArray[np.float64]:
    """Return `(n_days,)` adjusted Rand indices over the users active on each day."""
    there = truth != ABSENT
    return np.array([adjusted_rand_score(t[a], i[a]) for t, i, a in zip(truth, ids, there, strict=True)])


def changes(truth: Ints, ids: Ints, events: Sequence[PlantedEvent]) -> Changes:
    """Count changes of a user's id from one active day to the next that the truth does not justify.

    A change on day d is justified by a change of the user's group in the SETTLING_DAYS days up to d. A longer gap
    counts back to the last active day. A planted lineage event on days d - SETTLING_DAYS to d justifies it too, if it
    names the user's group of either day. So changes while a true change settles are excused. A shift justifies nothing.
    """
    n_unjustified = n_user_days = 0
    before, group = ids[0].copy(), truth[0].copy()
    changed_on = np.full(ids.shape[1], -1 - SETTLING_DAYS)  # the last day on which the group was another one
    for day in range(1, len(ids)):
        pairs = (ids[day] != ABSENT) & (before != ABSENT)
        changed_on[pairs & (truth[day] != group)] = day
        named = _settling(day, events)
        excused = (day - changed_on <= SETTLING_DAYS) | np.isin(truth[day], named) | np.isin(group, named)
        n_unjustified += int((pairs & (ids[day] != before) & ~excused).sum())
        n_user_days += int(pairs.sum())
        there = ids[day] != ABSENT
        before[there], group[there] = ids[day][there], truth[day][there]
    return Changes(n_unjustified, n_user_days)


def delay(truth: Ints, ids: Ints, event: PlantedEvent) -> Delay:
    """Return the days until a true change is recognised.

    Affected users are in one of its groups now, or were when last active before it. An event is recognised once at
    least RECOGNISED of them have the id of their true group, on every day until SETTLING_DAYS have passed. Ids map to
    groups by the one-to-one assignment that is right for most users of the day.
    """
    was = np.isin(last_known(truth[: event.day]), event.groups)
    recognised = [
        _part_right(truth[day], ids[day], was | np.isin(truth[day], event.groups)) >= RECOGNISED
        for day in range(event.day, min(event.day + SETTLING_DAYS + 1, len(truth)))
    ]
    n_at_last = next((n for n, right in enumerate(reversed(recognised)) if not right), len(recognised))
    return Delay(len(recognised) - n_at_last if n_at_last else len(recognised), recognised=n_at_last > 0)


def last_known(matrix: Ints) -> Ints:
    """Return `(n_users,)` values of each user's last active day; ABSENT for none."""
    known = np.full(matrix.shape[1], ABSENT)
    for row in matrix:
        known = np.where(row != ABSENT, row, known)
    return known


def ring(truth: Ints, ids: Ints, group: int) -> Ring:
    """Score the most common id of a rare group as a detector of the group.

    A day on which most members have no answer has recall and precision 0; a day without members is skipped.
    """
    found = []
    for true, got in zip(truth[-RING_DAYS:], ids[-RING_DAYS:], strict=True):
        members = got[true == group]
        if len(members):
            names, counts = np.unique(members, return_counts=True)
            name, most = names[counts.argmax()], counts.max()
            answered = name != NO_ANSWER
            found.append((answered * most / len(members), answered * most / (got == name).sum()))
    recall, precision = np.mean(found, axis=0)
    return Ring(float(recall), float(precision))


def lineage_score(events: Sequence[PlantedEvent], published: Sequence[tuple[Any, ...]]) -> LineageScore:
    """Match published events, which begin with day and kind, to planted ones.

    A planted event matches the first published one of its kind on its day or later. Other kinds are ignored.
    """
    planted = sorted((event.day, event.kind) for event in events if event.kind in LINEAGE_KINDS)
    news = sorted((day, kind) for day, kind, *_ in published if kind in LINEAGE_KINDS and day >= START_DAYS)
    n_published = 0
    for day, kind in planted:
        match = next((at for at, (when, what) in enumerate(news) if what == kind and when >= day), None)
        if match is not None:
            del news[match]
            n_published += 1
    return LineageScore(len(planted), n_published, len(news))


def _settling(day: int, events: Sequence[PlantedEvent]) -> list[int]:
    """Return the groups of lineage events that are not settled on this day."""
    recent = [e for e in events if e.kind in LINEAGE_KINDS and e.day <= day <= e.day + SETTLING_DAYS]
    return [group for event in recent for group in event.groups]


def _part_right(truth: Ints, ids: Ints, affected: NDArray[np.bool_]) -> float:
    """Return the share of `affected` users active on a day with the id of their group; 0 if none is active."""
    there = truth != ABSENT
    groups, names = np.unique(truth[there]), np.unique(ids[there])
    rows, columns = linear_sum_assignment(contingency_matrix(truth[there], ids[there]), maximize=True)
    right = np.zeros(len(truth), bool)
    for row, column in zip(rows, columns, strict=True):
        right |= (truth == groups[row]) & (ids == names[column]) & (names[column] != NO_ANSWER)
    return float(right[affected & there].mean()) if (affected & there).any() else 0.0
