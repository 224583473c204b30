"""Next purchases: the application `apps.recommendation` beside recommenders of a team without Segue.

Modules:

    households  households as users, known for months or for a few purchases
    catalogue   the category of each text
    shop        the application over the records of a deployment, and what users bought after
    baselines   popularity, own purchases, neighbours, matrix factors
    scores      average precision, recall, coverage
    rows        one row for each task and method, with intervals
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.apps.recommendation.baselines import baselines
from bench.apps.recommendation.households import HORIZON_MS, messages, purchases_until, seen_at
from bench.apps.recommendation.rows import Row, rows_of
from bench.apps.recommendation.shop import learnt
from bench.harness.part import Part
from export.presets.completejourney import TEST_BUCKETS
from stream.core.policy import DAY_MS

NOW_MS = 1_506_816_000_000  # 2017-10-01: encoders saw training households until then


@dataclass(frozen=True)
class Sizes:
    """Households by number, and days of their purchases that the deployment sees."""

    n_households: int
    n_days: int


def measure(sizes: Sizes) -> Sequence[Row]:
    """Replay, let the application learn from training households, and judge it on test households."""
    from bench.apps.published import published_at  # torch-free, but the encoder takes a second to load

    made = purchases_until(NOW_MS + HORIZON_MS, range(1, sizes.n_households + 1))
    seen = seen_at(NOW_MS, made, TEST_BUCKETS)
    replayed = messages(seen, made, NOW_MS - sizes.n_days * DAY_MS)
    shop = learnt(made, seen, *published_at([NOW_MS - HORIZON_MS, NOW_MS], events=replayed))
    return rows_of(shop, {**baselines(shop.population), **shop.methods()})


PART = Part(
    title="recommendation: categories of the next 30 days",
    aim="mAP@10 above item-kNN for users with at most 10 purchases, at least equal for all",
    full=Sizes(n_households=2_500, n_days=120),
    quick=Sizes(n_households=60, n_days=75),
    measure=measure,
)
