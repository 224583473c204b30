"""Nearest users against a rescan of all that was put."""

from __future__ import annotations

import numpy as np
import pytest

from apps.methods import twins
from apps.methods.twins import RECENT_MS, Twins
from stream.core.arrays import Vectors
from stream.core.policy import DAY_MS

NOW_MS = 100 * DAY_MS


def units(n: int) -> Vectors:
    rows = np.random.default_rng(3).normal(size=(n, 8)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def test_the_nearest_are_those_of_a_rescan() -> None:
    rows, found = units(50), Twins()
    for user, row in enumerate(rows):
        found.put(str(user), row, NOW_MS)
    cosines = rows @ rows[0]
    cosines[0] = -np.inf  # the user's own
    best = np.argsort(-cosines)[:3]
    nearest = found.nearest("0", rows[0], NOW_MS, 3)
    assert [user for user, _ in nearest] == [str(at) for at in best]
    assert [cosine for _, cosine in nearest] == pytest.approx(cosines[best], abs=1e-6)


def test_the_newest_half_of_a_user_counts() -> None:
    first, second, found = *units(2), Twins()
    found.put("ann", first, NOW_MS)
    found.put("ann", second, NOW_MS)
    ((user, cosine),) = found.nearest("bob", second, NOW_MS, 1)
    assert user == "ann"
    assert cosine == pytest.approx(1, abs=1e-6)


def test_users_seen_long_ago_and_forgotten_ones_are_no_twins() -> None:
    (row,), found = units(1), Twins()
    assert found.nearest("ann", row, NOW_MS, 2) == []
    found.put("old", row, NOW_MS - RECENT_MS)
    found.put("erased", row, NOW_MS)
    found.forget("erased")
    found.forget("never seen")
    assert found.nearest("ann", row, NOW_MS, 2) == []


def test_beyond_the_most_the_user_seen_longest_ago_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twins, "_GROWS", 2)
    monkeypatch.setattr(twins, "_MOST", 4)
    rows, found = units(5), Twins()
    for at, row in enumerate(rows):
        found.put(f"{at}", row, NOW_MS + (100 if at == 0 else at))
    nearest = {user for user, _ in found.nearest("nobody", rows[0], NOW_MS + 100, 3)}
    assert "1" not in nearest
    assert {user for user, _ in found.nearest("0", rows[0], NOW_MS + 100, 3)} == {"2", "3", "4"}
