"""The layout: fitted once, kept in its file, made anew only for other profiles, and how far users moved on it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stream.maps import methods as maps_methods
from stream.maps.landmark_file import load_landmarks, save
from stream.maps.methods import MapError, Method
from stream.report.map_figures import lay_out
from stream.report.moved import Places, places_path, read_places, write_places
from stream.report.sampled import Sampled, read_sampled
from stream.store.store import open_store
from tests.report.made_store import made_store

FLAT = (Method.TSNE_2D,)


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Sampled:
    made = made_store(tmp_path_factory.mktemp("store") / "made.store")
    store = open_store(made.path)
    found, why = read_sampled(store)
    store.close()
    assert found is not None, why
    return found


def test_a_layout_is_fitted_once_and_then_read(sampled: Sampled, tmp_path: Path) -> None:
    path, stages = tmp_path / "layout.npz", list[str]()
    first = lay_out(sampled, path, FLAT)
    again = lay_out(sampled, path, FLAT, stages.append)
    assert first.landmarks is not None
    assert again.landmarks is not None
    np.testing.assert_array_equal(first.landmarks.places[Method.TSNE_2D], again.landmarks.places[Method.TSNE_2D])
    assert (stages, again.notes) == ([], ())


def test_a_method_that_the_file_lacks_is_added_and_the_others_stay(sampled: Sampled, tmp_path: Path) -> None:
    path = tmp_path / "layout.npz"
    first = lay_out(sampled, path, FLAT).landmarks
    lay_out(sampled, path, (*FLAT, Method.TSNE_3D))
    both = load_landmarks(path)
    assert first is not None
    assert set(both.places) == {Method.TSNE_2D, Method.TSNE_3D}
    np.testing.assert_array_equal(first.places[Method.TSNE_2D], both.places[Method.TSNE_2D])


def test_a_kept_layout_with_umap_maps_does_not_load_umap(
    sampled: Sampled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "layout.npz"
    fitted = lay_out(sampled, path, FLAT).landmarks
    assert fitted is not None
    save(replace(fitted, places={Method.UMAP_2D: fitted.places[Method.TSNE_2D]}, trust={}), path)
    monkeypatch.setattr(maps_methods, "_umap", lambda: pytest.fail("umap was loaded"))
    kept = lay_out(sampled, path, (Method.UMAP_2D,))
    assert kept.landmarks is not None
    assert (kept.landmarks.methods, kept.notes) == ((Method.UMAP_2D,), ())


def test_a_layout_of_another_encoder_is_made_anew_and_says_so(sampled: Sampled, tmp_path: Path) -> None:
    path = tmp_path / "layout.npz"
    lay_out(sampled, path, FLAT)
    other = replace(sampled, frame=replace(sampled.frame, encoder="e2"), model=replace(sampled.model, encoder="e2"))
    found = lay_out(other, path, FLAT)
    assert found.landmarks is not None
    assert found.landmarks.encoder == "e2"
    assert found.notes[0].startswith("The maps have a new layout, since the encoder is another one")


def test_without_umap_there_are_the_other_maps_and_a_note(
    sampled: Sampled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "umap", None)
    found = lay_out(sampled, tmp_path / "layout.npz", (Method.TSNE_2D, Method.UMAP_2D))
    assert found.landmarks is not None
    assert set(found.landmarks.places) == {Method.TSNE_2D}
    [note] = found.notes
    assert note.startswith("There are no UMAP maps: UMAP maps need the package umap-learn: pip install 'segue[report]'")


def test_too_few_profiles_make_no_map_and_say_so(tmp_path: Path) -> None:
    made = made_store(tmp_path / "made.store", 6, 2)
    store = open_store(made.path)
    few, _ = read_sampled(store)
    store.close()
    assert few is not None
    found = lay_out(few, tmp_path / "layout.npz")
    assert found.landmarks is None
    assert found.notes == ("There are 6 profiles: a map needs at least 10.",)


def test_a_damaged_layout_is_told_with_what_to_do(sampled: Sampled, tmp_path: Path) -> None:
    path = tmp_path / "layout.npz"
    path.write_bytes(b"no layout")
    with pytest.raises(MapError, match="delete it, to fit anew"):
        lay_out(sampled, path, FLAT)


USERS = [f"user-{at}" for at in range(5)]
SQUARE = np.array([[0, 0], [10, 0], [0, 10], [10, 10], [5, 5]], np.float32)


def seen_after(path: Path, now_ms: int, places: np.ndarray, users: list[str] = USERS) -> Places:
    """Return what a report at `now_ms` knows of earlier ones, and write its own places."""
    seen = read_places(path, now_ms, made_ms=1)
    write_places(path, seen, users, {"tsne-2d": places})
    return seen


def test_the_drift_is_how_far_the_same_users_moved_in_widths_of_the_map(tmp_path: Path) -> None:
    path = places_path(tmp_path / "layout.npz")
    assert seen_after(path, 100, SQUARE).drift("tsne-2d", USERS, SQUARE) is None
    moved = SQUARE + np.array([[1, 0]] * 5, np.float32)
    seen = seen_after(path, 200, moved)
    drift = seen.drift("tsne-2d", [*USERS[:3], "new"], moved[:4])
    assert drift is not None
    assert drift.n == 3
    assert drift.median == pytest.approx(0.1)
    assert seen.drift("umap-2d", USERS, SQUARE) is None


def test_a_report_made_again_of_the_same_time_has_the_same_drift(tmp_path: Path) -> None:
    path = places_path(tmp_path / "layout.npz")
    seen_after(path, 100, SQUARE)
    first = seen_after(path, 200, SQUARE * 1.1).drift("tsne-2d", USERS, SQUARE * 1.1)
    again = seen_after(path, 200, SQUARE * 1.1).drift("tsne-2d", USERS, SQUARE * 1.1)
    assert first == again
    assert first is not None


def test_only_the_owner_reads_the_places(tmp_path: Path) -> None:
    path = places_path(tmp_path / "layout.npz")
    seen_after(path, 100, SQUARE)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_places_of_another_layout_or_of_no_file_tell_no_drift(tmp_path: Path) -> None:
    path = places_path(tmp_path / "layout.npz")
    seen_after(path, 100, SQUARE)
    assert read_places(path, 200, made_ms=2).drift("tsne-2d", USERS, SQUARE) is None
    path.write_bytes(b"damaged")
    assert read_places(path, 200, made_ms=1).drift("tsne-2d", USERS, SQUARE) is None
