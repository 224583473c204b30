"""Agreement of segments with the truth, and the share of users called unknown.

The answer of a user is the last segment that is not pending or inactive; `unknown` is an answer, and one group.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from bench.meaning.events import START_MS
from bench.stability.timeline import NOWHERE, Timeline, segment_before
from stream.core.policy import DAY_MS
from stream.core.reserved import UNKNOWN

LARGE_SHARE = 0.01  # of the users with an answer
DAY_USERS_MIN = 30  # fewer users make no share of a day


@dataclass(frozen=True)
class Agreement:
    """Agreement of answers with the true groups; `n_owned` of `n_groups` have a large segment mostly their own."""

    ari: float
    nmi: float
    n_owned: int
    n_groups: int


@dataclass(frozen=True)
class Unknown:
    """Shares of users called unknown: at the end, on the worst day, and among users on the day of their first answer.

    A day counts with DAY_USERS_MIN such users or more; without such a day a worst share is None.
    """

    end: float
    worst_day: float | None
    fresh: float
    worst_fresh_day: float | None


def answers(timelines: Mapping[str, Timeline]) -> dict[str, str]:
    """Return the answer of each user with one."""
    found = {}
    for user, timeline in timelines.items():
        given = [change.to_segment for change in timeline if change.to_segment not in NOWHERE]
        if given:
            found[user] = given[-1]
    return found


def large_segments(said: Collection[str]) -> list[str]:
    """Return the segments of at least LARGE_SHARE of the answers, without `unknown`."""
    return sorted(s for s, n in Counter(said).items() if s != UNKNOWN and n >= LARGE_SHARE * len(said))


def agreement(truth: Sequence[str], said: Sequence[str]) -> Agreement:
    """Compare answers with the true groups of the same users."""
    owners = set()
    for segment in large_segments(said):
        members = [group for group, answer in zip(truth, said, strict=True) if answer == segment]
        group, n = Counter(members).most_common(1)[0]
        if 2 * n > len(members):
            owners.add(group)
    return Agreement(
        float(adjusted_rand_score(truth, said)),
        float(normalized_mutual_info_score(truth, said)),
        len(owners),
        len(set(truth)),
    )


def unknown(timelines: Mapping[str, Timeline], n_days: int) -> Unknown:
    """Measure the shares of unknown users; those of a day are at its end. Users without an answer do not count."""
    by_day: dict[int, list[bool]] = defaultdict(list)
    by_first_day: dict[int, list[bool]] = defaultdict(list)
    for timeline in timelines.values():
        said = [segment_before(timeline, START_MS + (day + 1) * DAY_MS) for day in range(n_days)]
        decided = [(day, segment == UNKNOWN) for day, segment in enumerate(said) if segment not in NOWHERE]
        for day, is_unknown in decided:
            by_day[day].append(is_unknown)
        if decided:
            by_first_day[decided[0][0]].append(decided[0][1])
    fresh = [is_unknown for day in by_first_day.values() for is_unknown in day]
    end = [answer == UNKNOWN for answer in answers(timelines).values()]
    return Unknown(share(end), _worst(by_day), share(fresh), _worst(by_first_day))


def share(flags: Sequence[bool]) -> float:
    """Return the share of true flags, 0 for none."""
    return sum(flags) / len(flags) if flags else 0.0


def _worst(days: Mapping[int, Sequence[bool]]) -> float | None:
    return max((share(flags) for flags in days.values() if len(flags) >= DAY_USERS_MIN), default=None)
