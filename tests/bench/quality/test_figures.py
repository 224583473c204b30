"""Each figure against scikit-learn, a formula or an example worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from bench.quality.aims import aim_outcomes, unseen_outcome
from bench.quality.check import read_yardstick
from bench.quality.estimates import N_RESAMPLES, Estimate, mean_estimate, resampled_counts
from bench.quality.generality import Generality, generality, parents_of
from bench.quality.probes import Fold, macro_f1
from bench.quality.profiles import Profiles, TextVectors, profiles, unit
from bench.quality.purchases import purchase_precision
from bench.quality.retrieval import ranks, reciprocal_rank, share_within
from bench.quality.rows import RAW, SVD, Row
from bench.quality.scores import Scores
from bench.quality.split import Household, Split
from bench.quality.table import aim_line, figures_table
from bench.quality.taxonomy import Leaf

EDGE = Estimate(0.5, 0.4, 0.6)


@pytest.fixture(scope="module")
def folds() -> list[Fold]:
    rng = np.random.default_rng(3)
    true, predicted = (np.array(["a", "b", "c"])[rng.integers(0, 3, 60)] for _ in range(2))
    return [Fold(members, true[members], predicted[members]) for members in np.split(rng.permutation(60), 3)]


def reference_f1(folds: list[Fold], counts: np.ndarray) -> float:
    """By scikit-learn, each household as often as counted."""
    repeated = [(fold, counts[fold.members].astype(int)) for fold in folds]
    return float(np.mean([f1_score(f.true.repeat(n), f.predicted.repeat(n), average="macro") for f, n in repeated]))


def test_macro_f1_is_scikit_learns_mean_over_folds(folds: list[Fold]) -> None:
    assert macro_f1(folds, np.ones((1, 60)))[0] == pytest.approx(reference_f1(folds, np.ones(60)), abs=1e-12)


def test_resampled_macro_f1_is_scikit_learns_on_repeated_households(folds: list[Fold]) -> None:
    counts = resampled_counts(60)[:20]
    expected = [reference_f1(folds, row) for row in counts]
    np.testing.assert_allclose(macro_f1(folds, counts), expected, atol=1e-12)


def test_labels_and_means_are_resampled_by_the_same_draws() -> None:
    values = np.arange(40.0)
    means = resampled_counts(40) @ values / 40
    found = mean_estimate(values)
    assert (len(means), found.value) == (N_RESAMPLES, 19.5)
    assert [found.low, found.high] == pytest.approx(np.percentile(means, [2.5, 97.5]))


def test_a_household_ranks_behind_those_whose_later_profile_is_nearer() -> None:
    before = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
    after = np.array([[0.8, 0.6], [0.6, 0.8], [1.0, 0.0]])
    found = ranks(before, after)  # cosines: .8 .6 1 | .6 .8 0 | .96 1 .6
    assert found.tolist() == [1, 0, 2]
    assert reciprocal_rank(found).value == pytest.approx((1 / 2 + 1 + 1 / 3) / 3)
    assert [share_within(found, k).value for k in (1, 2)] == pytest.approx([1 / 3, 2 / 3])


def test_categories_of_neighbours_come_first() -> None:
    def households(*soon: set[str]) -> dict[int, Household]:
        return {i: Household([], [], frozenset(categories)) for i, categories in enumerate(soon)}

    # three training households, all of them neighbours: "a" by two, "b" by all, "c" by one
    learnt = households({"a", "b"}, {"a", "b"}, {"b", "c"})
    split = Split(households({"a"}, set(), {"b", "c"}), learnt, [], pd.DataFrame())
    rows = np.ones((3, 1))
    # order b, a, c: "a" is second (1/2); nothing bought does not count; "b" first and "c" third ((1 + 2/3) / 2)
    assert purchase_precision(Profiles(rows, rows, rows), split).value == pytest.approx((1 / 2 + 5 / 6) / 2)


def test_profiles_are_means_around_the_training_mean() -> None:
    vectors = TextVectors({"x": np.array([1.0, 0.0]), "y": np.array([0.0, 1.0])})
    nothing = frozenset[str]()
    test = {1: Household(["x", "y"], ["y"], nothing)}
    training = {2: Household(["x"], [], nothing), 3: Household(["x", "y"], [], nothing)}
    found = profiles(vectors, Split(test, training, [], pd.DataFrame()))
    np.testing.assert_allclose(found.before, unit(np.array([[-0.25, 0.25]])))  # (.5, .5) - (.75, .25)
    np.testing.assert_allclose(found.after, unit(np.array([[-0.75, 0.75]])))
    kept = profiles(vectors, Split(test, training, [], pd.DataFrame()), lambda text: text == "y")
    np.testing.assert_allclose(kept.before, [[0.0, 1.0]])  # y - mean of nothing and y


def test_a_product_ranks_the_names_of_all_parents_and_looks_at_the_nearest_other_product() -> None:
    products = [Leaf("p", "A", "food"), Leaf("q", "B", "food"), Leaf("r", "B", "toys")]
    assert parents_of(products) == ["A", "B"]
    names = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
    parents = np.array([[3.0, 0.0], [0.0, 3.0]])  # lengths do not matter
    found = generality(names, parents, products).figures
    assert found["parent MRR"].value == pytest.approx((1 + 1 / 2 + 1) / 3)  # q is nearer to A than to its own B
    assert found["same vertical"].value == pytest.approx(2 / 3)  # r's nearest is q


def row(name: str, baseline: bool, figure: Estimate, parent_mrr: float) -> Row:
    names = [name for name in read_yardstick().rows[RAW] if name != "MRR_ci"]
    return Row(
        name,
        baseline,
        Scores(2, dict.fromkeys(names, figure)),
        Generality(2, {"parent MRR": Estimate(parent_mrr, 0, 1)}),
    )


def test_a_label_below_the_best_baseline_may_reach_it_with_its_interval() -> None:
    rows = [row(RAW, True, Estimate(0.55, 0.5, 0.6), 0.5), row(SVD, True, EDGE, 0.0)]
    found = {(v.figure, v.why): v.outcome for v in aim_outcomes(row("mine", False, EDGE, 0.489), rows)}
    assert found["kids", f"best baseline, {RAW}"] == "within its interval"
    assert found["MRR", "asked"] == found["MRR", SVD] == found["mAP", "asked"] == "met"
    assert found["parent MRR", f"98% of {RAW}"] == "not met"  # 0.489 of 0.5 is 97.8 %
    low = {v.figure: v.outcome for v in aim_outcomes(row("mine", False, Estimate(0.3, 0.2, 0.4), 0.49), rows)}
    assert (low["kids"], low["mAP"], low["parent MRR"]) == ("not met", "not met", "met")


def test_new_texts_have_an_aim_of_their_own() -> None:
    outcome = unseen_outcome(row("mine", False, Estimate(0.139, 0.1, 0.2), 0.5))
    assert aim_line(outcome) == "* mine: unseen_MRR 0.139, at least 0.140 (asked): not met"


def test_the_best_row_is_bold_and_rows_that_reach_it_are_marked() -> None:
    rows = [
        row("one", True, Estimate(0.55, 0.52, 0.6), 0),
        row("two", True, EDGE, 0),
        row("three", True, Estimate(0.3, 0.2, 0.4), 0),
    ]
    cells = [line.split("|")[3].strip() for line in figures_table(rows).splitlines()[2:]]
    assert cells == ["**0.550**", "0.500 ~", "0.300"]
