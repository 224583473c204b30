"""A small run of the whole measurement, and the fits behind it."""

from __future__ import annotations

import numpy as np
import pytest

from apps.methods.population import Population, population_of
from apps.methods.shoppers import Shopper
from bench.apps.recommendation import Sizes, measure
from bench.apps.recommendation.baselines import baselines
from bench.apps.recommendation.catalogue import category_of
from bench.apps.recommendation.rows import ALL, BASELINE, FEW, NEW
from bench.apps.recommendation.shop import APPLICATION, RANKERS, WITHOUT_SEGUE
from stream.core.policy import DAY_MS
from tests.apps.methods.test_shoppers import shopper

SHELVES = (("tea", "honey", "lemons"), ("milk", "butter", "cheese"))


@pytest.fixture(scope="module")
def population() -> Population:
    """60 users who bought two of the three items of one shelf."""
    users = {f"u{n}": buyer(*(item for at, item in enumerate(SHELVES[n % 2]) if at != n % 3)) for n in range(60)}
    found = population_of(users, 10 * DAY_MS, 30 * DAY_MS)
    assert found is not None
    return found


def buyer(*items: str) -> Shopper:
    return shopper(*((1, item) for item in items))


def test_every_baseline_but_popularity_finds_the_missing_item_of_a_shelf(population: Population) -> None:
    sheet = population.sheet_of({"eve": buyer("tea", "honey")}, 10 * DAY_MS)
    for name, score in baselines(population).items():
        if name not in ("popularity", "own purchases"):
            likely = score(sheet)[0]
            new = {item: likely[population.index[item]] for item in ("lemons", *SHELVES[1])}
            assert max(new, key=lambda item: new[item]) == "lemons", name


def test_own_purchases_lead_by_days_and_ties_by_popularity(population: Population) -> None:
    sheet = population.sheet_of({"eve": shopper((1, "milk"), (2, "milk"), (3, "tea"))}, 10 * DAY_MS)
    best = np.argsort(-baselines(population)["own purchases"](sheet)[0])
    assert [population.categories[at] for at in best[:2]] == ["milk", "tea"]


def test_a_text_has_the_category_of_most_of_its_products() -> None:
    assert category_of()["Bottled soft drinks, 2 liter"] == "SOFT DRINKS"


def test_a_small_run_has_every_method_on_every_task() -> None:
    rows = measure(Sizes(n_households=40, n_days=60))
    assert {(row.users, row.method) for row in rows} == {(task, row.method) for task in (ALL, NEW, FEW) for row in rows}
    assert {*RANKERS, BASELINE, "segment id alone", "ALS", "BPR"} <= {row.method for row in rows}
    by_method = {row.method: row for row in rows if row.users == ALL}
    assert by_method[BASELINE].minus_item_knn == by_method[WITHOUT_SEGUE].minus_ranker_without_segue == ""
    mean = {name: float(row.map_10.split()[0]) for name, row in by_method.items()}
    difference = float(by_method[APPLICATION].minus_item_knn.split()[0])
    assert difference == pytest.approx(mean[APPLICATION] - mean[BASELINE], abs=0.002)
    assert mean["own purchases"] > mean["popularity"], "households buy again what they bought"
