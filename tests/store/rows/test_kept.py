"""Of more users than a store keeps the same ones stay, in every table of profiles."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from stream.store.policy import StorePolicy
from tests.store.builders import Log, stored


@pytest.mark.parametrize("kept", ["sample", "profile"])
def test_the_same_users_stay_whatever_the_order(tmp_path: Path, kept: str) -> None:
    found = set()
    for at, users in enumerate(permutations(["a", "b", "c"])):
        log, folder = Log(), tmp_path / str(at)
        folder.mkdir()
        for user in users:
            getattr(log, kept)(user=user)
        store = stored(folder, log, StorePolicy(keep_profiles=2))
        found.add(tuple(store.rows(f"SELECT u.user FROM {kept}s k JOIN users u ON u.no = k.user ORDER BY 1")))
    assert len(found) == 1
    assert len(found.pop()) == 2


def test_both_tables_keep_the_same_users(tmp_path: Path) -> None:
    log = Log()
    for user in map(str, range(20)):
        log.sample(user=user)
        log.profile(user=user)
    store = stored(tmp_path, log, StorePolicy(keep_profiles=5))
    assert store.rows("SELECT user FROM samples ORDER BY 1") == store.rows("SELECT user FROM profiles ORDER BY 1")
    assert store.row("SELECT count(*) FROM users") == (5,)
