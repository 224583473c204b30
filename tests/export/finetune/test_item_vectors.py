"""The teacher's vectors: initial lengths, principal components, and re-identification after training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import TruncatedSVD

from export.finetune.history import History, UserHistory, read_history
from export.finetune.item_vectors import (
    initial_vectors,
    overlapping_windows,
    principal_components,
    train_item_vectors,
)
from export.finetune.recipe import Objectives
from export.finetune.reidentification import early_late_pairs, mean_reciprocal_rank
from export.finetune.split import split_users
from export.finetune.trainer import Schedule
from export.finetune.window_model import Task
from export.finetune.windows import labels_of
from tests.export.finetune.histories import NONE


@pytest.fixture(scope="module")
def history(events: Path) -> History:
    return read_history([str(events)], NONE, ["group"])


def test_components_are_those_of_users_windows(history: History) -> None:
    vectors = np.random.default_rng(1).normal(size=(len(history.texts), 12)).astype(np.float32)
    got = principal_components(history, vectors, 5)
    windows = overlapping_windows(history)
    mean = (windows @ vectors).mean(axis=0)
    profiles = windows @ vectors - mean
    profiles /= np.linalg.norm(profiles, axis=1, keepdims=True)
    expected = (vectors - mean) @ TruncatedSVD(5, algorithm="arpack").fit(profiles).components_.T
    np.testing.assert_allclose(np.abs(got), np.abs(expected), atol=1e-4)
    np.testing.assert_array_equal(principal_components(history, vectors, 2), got[:, :2])


def test_a_rare_text_starts_longer() -> None:
    rng = np.random.default_rng(4)
    shares = np.array([0.64] + [0.04] * 9)
    users = [UserHistory(str(n), rng.choice(10, 80, p=shares), np.arange(80), {}) for n in range(30)]
    history = History(tuple(f"text {n}" for n in range(10)), tuple(users))
    vectors = initial_vectors(history, np.eye(10, dtype=np.float32), seed=0)
    often, *rare = np.linalg.norm(vectors, axis=1)
    assert min(rare) > often


def test_training_improves_re_identification(history: History, tmp_path: Path) -> None:
    split = split_users(history)
    training, validation = split.training, early_late_pairs(split.validation)
    base_vectors = np.random.default_rng(2).normal(size=(len(history.texts), 6)).astype(np.float32)
    task = Task(training, labels_of(training, ["group"]), Objectives(1.0, 0.3), validation)
    schedule = Schedule(max_steps=40, batch=64, rate=5e-3, eval_every=20, drop_last=True)
    wide, mrr = train_item_vectors(task, base_vectors, 8, tmp_path, schedule)

    initial = initial_vectors(training, base_vectors, 0)
    before = mean_reciprocal_rank(validation, principal_components(training, initial, 8))
    assert mrr == pytest.approx(mean_reciprocal_rank(validation, principal_components(training, wide, 8)))
    assert mrr > before
