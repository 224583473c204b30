from __future__ import annotations

from pathlib import Path

import pytest

from stream.maps import layout_fit, renewal
from stream.maps.landmark_file import load_landmarks
from stream.maps.layout import N_USERS_LEAST, LayoutState
from stream.maps.layout_fit import look_after
from stream.maps.methods import Method
from tests.maps.groups import model
from tests.maps.stores import store_with


def test_enough_users_get_a_tsne_that_is_kept(tmp_path: Path) -> None:
    store, layout = store_with(tmp_path / "store.db", N_USERS_LEAST), tmp_path / "layout.npz"
    assert look_after(store, layout).state is LayoutState.READY
    before = layout.read_bytes()
    assert load_landmarks(layout).methods == (Method.TSNE_2D,)
    told = look_after(store, layout)
    assert (told.state, told.reason) == (LayoutState.READY, "the layout of the last time")
    assert layout.read_bytes() == before


def test_few_users_get_a_provisional_map_that_says_so_until_there_are_enough(tmp_path: Path) -> None:
    layout = tmp_path / "layout.npz"
    told = look_after(store_with(tmp_path / "few.db", 1), layout)
    assert told.state is LayoutState.TOO_FEW
    assert "PCA of 1 users" in told.reason
    assert look_after(store_with(tmp_path / "more.db", 40), layout).state is LayoutState.TOO_FEW
    assert len(load_landmarks(layout).vectors) == 40
    assert look_after(store_with(tmp_path / "enough.db", N_USERS_LEAST), layout).state is LayoutState.READY
    assert load_landmarks(layout).methods == (Method.TSNE_2D,)


def test_profiles_of_another_encoder_than_the_models_wait(tmp_path: Path) -> None:
    store = store_with(tmp_path / "store.db", 20, serving=model(encoder="older"))
    assert look_after(store, tmp_path / "layout.npz").state is LayoutState.NO_MODEL


def test_a_store_without_a_segment_model_waits(tmp_path: Path) -> None:
    assert look_after(store_with(tmp_path / "store.db", 0), tmp_path / "layout.npz").state is LayoutState.NO_MODEL


def test_a_missing_store_and_a_damaged_layout_are_told_or_mended(tmp_path: Path) -> None:
    layout = tmp_path / "layout.npz"
    assert look_after(tmp_path / "none.db", layout).state is LayoutState.FAILED
    layout.write_bytes(b"damaged")
    assert look_after(store_with(tmp_path / "store.db", 20), layout).state is LayoutState.TOO_FEW
    assert load_landmarks(layout).methods == (Method.PCA_2D,)


def test_two_processes_never_fit_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, layout = store_with(tmp_path / "store.db", 20), tmp_path / "layout.npz"
    inner: list[LayoutState] = []
    real = renewal.renew

    def renew_beside_another(*args: object, **named: object) -> object:
        inner.append(look_after(store, layout).state)
        return real(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(layout_fit, "renew", renew_beside_another)
    assert look_after(store, layout).state is LayoutState.TOO_FEW
    assert inner == [LayoutState.FITTING]
