"""How well ids agree with the truth, and how often they change without a reason.

Everything here reads two matrices (n_days, n_people) of a panel, `truth` and `ids`: a row is a day, ABSENT where the
person was not active. An id of NO_ANSWER counts as an id: who gives no answer to some puts them together.
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

Ints = NDArray[np.int64]

ABSENT = -2
NO_ANSWER = -1

SETTLING_DAYS = 21  # after a true change: the least active people need 18 days to fill a window of 16
RECOGNISED = 0.8
RING_DAYS = 10  # at the end of the stream
START_DAYS = 2  # lineage of these is the start; nothing is planted so early


@dataclass(frozen=True)
class Changes:
    """Ids that changed without a reason, of all pairs of consecutive active days of a person."""

    n_unjustified: int
    n_user_days: int


@dataclass(frozen=True)
class Ring:
    """Means over the last RING_DAYS days."""

    recall: float
    precision: float


@dataclass(frozen=True)
class LineageScore:
    """Planted events, those of them that were told, and events told that were not planted."""

    n_planted: int
    n_told: int
    n_surplus: int


def rand_index(truth: Ints, ids: Ints) -> NDArray[np.float64]:
    """(n_days,) the adjusted Rand index over the people active on each day."""
    there = truth != ABSENT
    return np.array([adjusted_rand_score(t[a], i[a]) for t, i, a in zip(truth, ids, there, strict=True)])


def changes(truth: Ints, ids: Ints, events: Sequence[PlantedEvent]) -> Changes:
    """Count changes of a person's id from one active day to the next that the truth does not justify.

    A change on day d is justified when the person's group changed in the SETTLING_DAYS days up to d, or since they
    were last active; or when lineage knows an event on one of the days d - SETTLING_DAYS to d that names the person's
    group of either day. So who flaps while a true change settles is forgiven. A shift justifies nothing.
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


def delay(truth: Ints, ids: Ints, event: PlantedEvent) -> int | None:
    """Days until a true change is recognised; None if never.

    Those it touches: who is in one of its groups now, or was when last active before it. It is recognised on the first
    day from which on at least RECOGNISED of them have the id of their true group, on every day until SETTLING_DAYS have
    passed since it. Which id is a group's is the one-to-one assignment that is right for most people of that day.
    """
    former = last_known(truth[: event.day])
    was = np.isin(former, event.groups)
    recognised = [
        _part_right(truth[day], ids[day], was | np.isin(truth[day], event.groups)) >= RECOGNISED
        for day in range(event.day, min(event.day + SETTLING_DAYS + 1, len(truth)))
    ]
    n_at_last = next((n for n, right in enumerate(reversed(recognised)) if not right), len(recognised))
    return len(recognised) - n_at_last if n_at_last else None


def last_known(matrix: Ints) -> Ints:
    """(n_people,) the value of each person's last active day; ABSENT for none."""
    known = np.full(matrix.shape[1], ABSENT)
    for row in matrix:
        known = np.where(row != ABSENT, row, known)
    return known


def ring(truth: Ints, ids: Ints, group: int) -> Ring:
    """How well the id that most people of a rare group have is theirs. A day on which most of them have no answer has
    recall and precision 0; one without any of them says nothing."""
    found = []
    for true, got in zip(truth[-RING_DAYS:], ids[-RING_DAYS:], strict=True):
        members = got[true == group]
        if len(members):
            names, counts = np.unique(members, return_counts=True)
            name, most = names[counts.argmax()], counts.max()
            said = name != NO_ANSWER
            found.append((said * most / len(members), said * most / (got == name).sum()))
    recall, precision = np.mean(found, axis=0)
    return Ring(float(recall), float(precision))


def lineage_score(events: Sequence[PlantedEvent], told: Sequence[tuple[Any, ...]]) -> LineageScore:
    """`told` begin with day and kind. A planted event is told by the first of its kind on its day or later; that a
    segment survived is no news."""
    planted = sorted((event.day, event.kind) for event in events if event.kind in LINEAGE_KINDS)
    news = sorted((day, kind) for day, kind, *_ in told if kind in LINEAGE_KINDS and day >= START_DAYS)
    n_told = 0
    for day, kind in planted:
        match = next((at for at, (when, what) in enumerate(news) if what == kind and when >= day), None)
        if match is not None:
            del news[match]
            n_told += 1
    return LineageScore(len(planted), n_told, len(news))


def _settling(day: int, events: Sequence[PlantedEvent]) -> list[int]:
    """The groups of lineage events that are not settled on this day."""
    recent = [e for e in events if e.kind in LINEAGE_KINDS and e.day <= day <= e.day + SETTLING_DAYS]
    return [group for event in recent for group in event.groups]


def _part_right(truth: Ints, ids: Ints, touched: NDArray[np.bool_]) -> float:
    """How many of the `touched` people active on a day have the id of their group; 0 if none is."""
    there = truth != ABSENT
    groups, names = np.unique(truth[there]), np.unique(ids[there])
    rows, columns = linear_sum_assignment(contingency_matrix(truth[there], ids[there]), maximize=True)
    right = np.zeros(len(truth), bool)
    for row, column in zip(rows, columns, strict=True):
        right |= (truth == groups[row]) & (ids == names[column]) & (names[column] != NO_ANSWER)
    return float(right[touched & there].mean()) if (touched & there).any() else 0.0
