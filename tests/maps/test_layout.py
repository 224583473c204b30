from __future__ import annotations

import os
from pathlib import Path

import pytest

from stream.maps.fit import fit_landmarks
from stream.maps.landmark_file import save
from stream.maps.layout import LOOK_EARLY_S, LOOK_S, LayoutKeeper, LayoutState
from stream.maps.methods import Method
from tests.e2e.waiting import eventually
from tests.maps.groups import groups, model
from tests.maps.stores import store_with


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.now_s


def test_a_store_that_is_not_there_yet_has_no_layout(tmp_path: Path) -> None:
    keeper = LayoutKeeper(tmp_path / "store.db", tmp_path / "layout.npz")
    assert keeper.current().state is LayoutState.NO_MODEL
    assert keeper.current().landmarks is None
    keeper.close()


def test_a_process_of_its_own_fits_the_map_and_the_keeper_looks_again_later(tmp_path: Path) -> None:
    clock = Clock()
    keeper = LayoutKeeper(store_with(tmp_path / "store.db", 200), tmp_path / "layout.npz", clock)
    eventually(lambda: keeper.current().reason.startswith("a new layout"), "a layout")
    layout = keeper.current()
    assert (layout.state, layout.method) == (LayoutState.READY, Method.TSNE_2D)
    assert layout.landmarks is not None
    assert layout.landmarks.place(layout.method, groups(200)[0]).shape == (200, 2)
    clock.now_s = LOOK_S - 1
    assert keeper.current().reason.startswith("a new layout")
    clock.now_s = LOOK_S
    eventually(lambda: keeper.current().reason == "the layout of the last time", "another look")
    assert keeper.current().landmarks is layout.landmarks
    keeper.close()


def test_a_store_without_a_model_is_looked_at_again_soon(tmp_path: Path) -> None:
    clock, store = Clock(), tmp_path / "store.db"
    keeper = LayoutKeeper(store_with(store, 0), tmp_path / "layout.npz", clock)
    eventually(lambda: "profiles of its encoder" in keeper.current().reason, "a first look")
    store.unlink()
    store_with(store, 20)
    clock.now_s = LOOK_EARLY_S
    eventually(lambda: keeper.current().state is LayoutState.TOO_FEW, "a provisional map")
    assert keeper.current().method is Method.PCA_2D
    keeper.close()


def test_a_layout_that_another_process_replaced_is_read_again(tmp_path: Path) -> None:
    path, (profiles, segments) = tmp_path / "layout.npz", groups(30)
    save(fit_landmarks(profiles, segments, model(), [Method.PCA_2D]), path)
    keeper = LayoutKeeper(tmp_path / "store.db", path)
    assert keeper.current().state is LayoutState.TOO_FEW
    save(fit_landmarks(profiles, segments, model(), [Method.PCA_2D, Method.TSNE_2D]), path)
    assert keeper.current().method is Method.TSNE_2D
    path.write_bytes(b"damaged")
    assert keeper.current().landmarks is None


def test_a_fit_ends_with_its_keeper(tmp_path: Path) -> None:
    keeper = LayoutKeeper(store_with(tmp_path / "store.db", 200), tmp_path / "layout.npz")
    keeper.current()
    child = keeper._child
    assert child is not None
    keeper.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)


def test_a_fit_ends_when_its_starter_is_gone(tmp_path: Path) -> None:
    keeper = LayoutKeeper(store_with(tmp_path / "store.db", 200), tmp_path / "layout.npz")
    keeper.current()
    child = keeper._child
    assert child is not None
    assert child.stdin is not None
    child.stdin.close()
    assert child.stdout is not None
    child.stdout.close()
    assert child.wait(60) == 1
