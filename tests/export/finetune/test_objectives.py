"""Losses against their formulas in numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from export.finetune.objectives import TEMPERATURE, label_loss, same_user_loss


def test_the_same_user_loss_is_info_nce_both_ways_over_prefixes() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(6, 8)), rng.normal(size=(6, 8))

    def formula(d: int) -> float:
        a, b = one[:, :d], other[:, :d]
        mean = np.concatenate([a, b]).mean(axis=0)
        a, b = ((x - mean) / np.linalg.norm(x - mean, axis=1, keepdims=True) for x in (a, b))
        scores = a @ b.T / TEMPERATURE
        rows, columns = (np.diag(s) - np.log(np.exp(s).sum(axis=1)) for s in (scores, scores.T))
        return -float((rows.mean() + columns.mean()) / 2)

    loss = same_user_loss(torch.tensor(one), torch.tensor(other), [8, 4])
    assert float(loss) == pytest.approx((formula(8) + formula(4)) / 2)


def test_users_without_a_declared_label_do_not_count() -> None:
    scores = torch.tensor([[2.0, 0.0], [0.0, 1.0], [9.0, 9.0]])
    declared, weights = torch.tensor([[0], [1], [-1]]), torch.tensor([1.0, 3.0])
    losses = np.array([np.log1p(np.exp(-2.0)), np.log1p(np.exp(-1.0))])
    assert float(label_loss([scores], declared, [weights])) == pytest.approx((losses * [1, 3]).sum() / 4)
    assert float(label_loss([scores], torch.full((3, 1), -1), [weights])) == 0
