"""The figures of the program that `bench.quality` was ported from, to the last digit.

Here those that take seconds, on the real data; `python -m bench quality --check` compares every row.
"""

from __future__ import annotations

import pytest

from bench.quality.check import differences, read_yardstick
from bench.quality.probes import probe, tasks
from bench.quality.profiles import Profiles, TfIdf, profiles
from bench.quality.purchases import popularity_precision, purchase_precision
from bench.quality.rows import RAW, SPARSE, SVD, SVD_DIMENSION, WHITENED
from bench.quality.scores import LABELS, retrieval_figures, unseen_figure
from bench.quality.split import Split

RETRIEVAL = ("R@1", "R@10", "MRR", "MRR_ci", "unseen_MRR")
YARDSTICK = read_yardstick()


@pytest.fixture(scope="module")
def svd(split: Split) -> TfIdf:
    return TfIdf(split.histories, SVD_DIMENSION)


@pytest.fixture(scope="module")
def svd_profiles(svd: TfIdf, split: Split) -> Profiles:
    return profiles(svd, split)


def printed(row: str, *names: str) -> dict[str, float | list[float]]:
    return {name: YARDSTICK.rows[row][name] for name in names}


def test_every_baseline_has_a_printed_line() -> None:
    assert list(YARDSTICK.rows) == [RAW, *WHITENED, SVD, SPARSE]
    figures = {*RETRIEVAL, "mAP", *LABELS}
    assert [set(row) for row in YARDSTICK.rows.values()] == [figures] * len(YARDSTICK.rows)


def test_the_test_households_are_the_same(split: Split) -> None:
    n_labelled = int(tasks(split)["kids"].known.sum())
    assert (len(split.test), n_labelled) == (YARDSTICK.shared["n"], YARDSTICK.shared["n_demographics"])


def test_popularity_scores_the_same(split: Split) -> None:
    assert round(popularity_precision(split).value, 4) == YARDSTICK.shared["mAP_base"]


def test_tf_idf_with_svd_finds_the_same_households(svd: TfIdf, svd_profiles: Profiles, split: Split) -> None:
    found = {**retrieval_figures(svd_profiles), "unseen_MRR": unseen_figure(svd, split)}
    assert list(differences(found, printed(SVD, *RETRIEVAL))) == []


def test_tf_idf_with_svd_tells_the_same_purchases_and_labels(svd_profiles: Profiles, split: Split) -> None:
    task = tasks(split)["size1"]
    found = {"mAP": purchase_precision(svd_profiles, split), "size1": probe(svd_profiles.before, task)}
    assert list(differences(found, printed(SVD, "mAP", "size1"))) == []


def test_sparse_tf_idf_finds_the_same_households(split: Split) -> None:
    way = TfIdf(split.histories, 0)
    found = {**retrieval_figures(profiles(way, split)), "unseen_MRR": unseen_figure(way, split)}
    assert list(differences(found, printed(SPARSE, *RETRIEVAL))) == []


def test_a_difference_in_the_last_digit_is_reported(svd_profiles: Profiles) -> None:
    found = retrieval_figures(svd_profiles)
    off: dict[str, float | list[float]] = {"MRR": round(found["MRR"].value + 0.0001, 4), "MRR_ci": [0.0, 1.0]}
    assert [difference.split()[0] for difference in differences(found, off)] == ["MRR", "MRR_ci"]
