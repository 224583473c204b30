"""An audience found again from some of its members: `segue lookalike` beside what a team would do without it.

audiences    who bought, redeemed or declared something
methods      ways to rank users
found_again  the figure and its interval
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count, islice

import numpy as np

from bench.apps.lookalike.audiences import BUYERS, DECLARED, REDEEMERS, Shop, shop
from bench.apps.lookalike.found_again import drawn_weights, shares_found
from bench.apps.lookalike.methods import BASELINE, METHODS, Known
from bench.apps.published import Published, published_at
from bench.harness.part import Part
from bench.harness.setting_texts import settings_with
from export.presets.completejourney import TEST_BUCKETS, bucket
from stream.core.arrays import Floats
from stream.files.complete_journey import START_MS, purchases
from stream.lookalike.pool import Pool, PoolBuilder

KINDS = (BUYERS, REDEEMERS, DECLARED)
SEED_SHARE = 0.3
DEPLOYMENTS: dict[str, dict[str, str]] = {"defaults": {}, "255 items": {"window_items": "255"}}


@dataclass(frozen=True)
class Sizes:
    """Months at whose beginning is searched, test households (0: all), seeds at least, and numbers of all else.

    Audiences with fewer than twice as many members as seeds at least are left out.
    """

    months: tuple[int, ...]
    n_households: int
    seeds_least: int
    n_categories: int
    n_seed_draws: int
    n_resamples: int
    deployments: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """Share of held-out members among the first tenth of the users, by kind of audience, with 95 % intervals."""

    method: str
    deployment: str
    buyers: str
    redeemers: str
    declared: str
    more_than_explicit_features: str


def measure(sizes: Sizes) -> Sequence[Row]:
    """Return a row for each method and deployment; the test households are the users."""
    made = shop()
    return [row for name in sizes.deployments for row in rows_of(name, made, sizes)]


def rows_of(name: str, made: Shop, sizes: Sizes) -> list[Row]:
    """Return the rows of one deployment."""
    times_ms = [int(datetime(2017, month, 1, tzinfo=UTC).timestamp()) * 1000 for month in sizes.months]
    events = purchases(START_MS, max(times_ms), test_households(sizes.n_households)) if sizes.n_households else None
    found: dict[tuple[str, str], list[Floats]] = defaultdict(list)
    for published in published_at(times_ms, DEPLOYMENTS[name], events=events):
        n_window = settings_with(DEPLOYMENTS[name]).policy.window_items
        for kind, method, shares in figures(published, made, n_window, sizes):
            found[kind, method].append(shares)
    means = {key: np.mean(shares, axis=0) for key, shares in found.items()}
    return [_row(name, method, means) for method in METHODS]


def figures(published: Published, made: Shop, n_window: int, sizes: Sizes) -> Iterator[tuple[str, str, Floats]]:
    """Yield kind of audience, method and shares, the real one first and then the resampled ones."""
    pool = pool_of(published)
    counts = made.counts(pool.users, published.time_ms), made.counts(pool.users, published.time_ms, n_window)
    known = Known.of(pool, *counts)
    weights = drawn_weights(len(pool.users), sizes.n_resamples)
    row_of, rng = {user: row for row, user in enumerate(pool.users)}, np.random.default_rng(0)
    for audience in made.audiences(pool.users, published.time_ms, sizes.n_categories):
        universe = np.array(sorted(row_of[user] for user in audience.universe))
        is_member = np.array([pool.users[row] in audience.members for row in universe])
        members = universe[is_member]
        for _ in range(sizes.n_seed_draws if len(members) >= 2 * sizes.seeds_least else 0):
            seeds = rng.permutation(members)[: max(sizes.seeds_least, round(SEED_SHARE * len(members)))]
            others = np.setdiff1d(universe, seeds)
            left = np.isin(others, members).astype(np.int64)
            for method, score in METHODS.items():
                shares = shares_found(score(known, np.sort(seeds), others), left, weights[:, others])
                yield audience.kind, method, shares


def pool_of(published: Published) -> Pool:
    """Return the profiles of the test households."""
    builder = PoolBuilder()
    for user, profile in published.profiles.items():
        if bucket(int(user)) in TEST_BUCKETS:
            builder.put(profile)
    return builder.pool()


def test_households(n: int) -> list[int]:
    """Return the first test households."""
    return list(islice((household for household in count(1) if bucket(household) in TEST_BUCKETS), n))


def _row(deployment: str, method: str, means: dict[tuple[str, str], Floats]) -> Row:
    ahead = np.mean([means[kind, method] - means[kind, BASELINE] for kind in KINDS if (kind, method) in means], axis=0)
    buyers, redeemers, declared = (
        _cell(means[kind, method]) if (kind, method) in means else "too few" for kind in KINDS
    )
    return Row(method, deployment, buyers, redeemers, declared, _cell(ahead))


def _cell(shares: Floats) -> str:
    low, high = np.percentile(shares[1:], [2.5, 97.5])
    return f"{shares[0]:.3f} ({low:.3f}–{high:.3f})"


PART = Part(
    title="Look-alike",
    aim="more held-out members of an audience among the first tenth of the users than without Segue; by chance 0.1",
    full=Sizes(
        (7, 10), 0, 10, n_categories=20, n_seed_draws=3, n_resamples=1_000, deployments=("defaults", "255 items")
    ),
    quick=Sizes((3,), 150, 4, n_categories=3, n_seed_draws=1, n_resamples=20, deployments=("defaults",)),
    measure=measure,
)
