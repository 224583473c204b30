"""Seeds and a pool to ranked users: exact, by chunks of rows, so that a million users need little memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import numpy as np

from stream.core.arrays import Floats, Ints, Vectors
from stream.lookalike.pool import Pool
from stream.lookalike.scoring import Score, like_seeds
from stream.lookalike.space import evenly, space_of

N_OTHERS = 20_000  # users that the seeds are told apart from
_CHUNK = 16_384


class LookAlikeError(ValueError):
    """A search that has no answer; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A user like the seeds: the larger `score`, the more so. Scores of two searches do not compare."""

    user: str
    score: float
    segment: str
    time_ms: int


@dataclass(frozen=True, slots=True)
class LookAlikes:
    """Users like the seeds, the most like first. Seeds are not among them.

    `unknown` are seeds without a profile. `n_profiles` counts the users that were compared.
    """

    users: tuple[LookAlike, ...]
    unknown: tuple[str, ...]
    n_seeds: int
    n_profiles: int


def look_alike(
    pool: Pool,
    seeds: Collection[str],
    n: int,
    scoring: Callable[[Vectors, Vectors], Score] = like_seeds,
    progress: Callable[[Iterable[int]], Iterable[int]] = lambda starts: starts,
) -> LookAlikes:
    """Return the `n` users of the pool that are most like the seeds; equal scores in the order of ids.

    `progress` passes the starts of the chunks on. Raise LookAlikeError if no seed has a profile, or every user is one.
    """
    row_of = {user: row for row, user in enumerate(pool.users)}
    asked = dict.fromkeys(seeds)
    known = np.array(sorted(row_of[user] for user in asked if user in row_of), np.int64)
    if not len(known):
        raise LookAlikeError(_no_seeds(len(asked), len(pool.users)))
    others = np.setdiff1d(np.arange(len(pool.users)), known)
    if not len(others):
        raise LookAlikeError("every user with a profile is a seed: nobody is left to be found")
    scores = _scores(pool, known, others, scoring, progress)
    ranked = others[_largest(scores[others], n)]
    return LookAlikes(
        users=tuple(
            LookAlike(pool.users[row], float(scores[row]), pool.segments[row], int(pool.time_ms[row])) for row in ranked
        ),
        unknown=tuple(user for user in asked if user not in row_of),
        n_seeds=len(known),
        n_profiles=len(pool.users),
    )


def _scores(
    pool: Pool,
    seeds: Ints,
    others: Ints,
    scoring: Callable[[Vectors, Vectors], Score],
    progress: Callable[[Iterable[int]], Iterable[int]],
) -> Floats:
    """Return the scores (n,) of all users."""
    space = space_of(pool)
    fitted = others[evenly(len(others), N_OTHERS)]
    score = scoring(space.transform(pool.rows(seeds)), space.transform(pool.rows(fitted)))
    scores = np.empty(len(pool.users), np.float64)
    for start in progress(range(0, len(scores), _CHUNK)):
        at = slice(start, start + _CHUNK)
        scores[at] = score(space.transform(pool.rows(at)))
    return scores


def _largest(scores: Floats, n: int) -> Ints:
    """Return the places of the `n` largest scores, the largest first; equal ones in order."""
    order: Ints = np.argsort(-scores, kind="stable")
    return order[:n]


def _no_seeds(n_asked: int, n_profiles: int) -> str:
    if not n_profiles:
        return "there are no profiles yet: set SEGUE_PUBLISH_PROFILES=changes or always on the workers"
    return (
        f"none of the {n_asked:,} seeds is among the {n_profiles:,} users with a profile: give ids of this deployment"
    )
