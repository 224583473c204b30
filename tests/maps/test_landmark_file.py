from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stream.maps.fit import fit_landmarks
from stream.maps.landmark_file import landmark_path, load_landmarks, save
from stream.maps.landmarks import Landmarks
from stream.maps.methods import MapError, Method
from tests.maps.groups import groups, model

PROFILES, SEGMENTS = groups(60)


def fitted() -> Landmarks:
    return fit_landmarks(PROFILES, SEGMENTS, model(), [Method.PCA_2D], made_ms=5, seed=3)


def test_a_file_gives_back_the_same_landmarks(tmp_path: Path) -> None:
    written, path = fitted(), tmp_path / "a.npz"
    save(written, path)
    read = load_landmarks(path)
    assert (read.encoder, read.features, read.made_ms, read.seed) == ("words", written.features, 5, 3)
    assert read.space.scaler.equals(written.space.scaler)
    assert read.vectors.tobytes() == written.vectors.tobytes()
    assert read.place(Method.PCA_2D, PROFILES).tobytes() == written.place(Method.PCA_2D, PROFILES).tobytes()


def test_a_file_is_replaced_as_a_whole_and_nothing_is_left_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.npz"
    save(fitted(), path)
    before = path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="no space"):
        save(replace(fitted(), made_ms=9), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_lies_beside_the_store() -> None:
    assert landmark_path(Path("/var/segue/store.db")) == Path("/var/segue/store.db.landmarks.npz")


def test_no_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(MapError, match="no landmarks"):
        load_landmarks(tmp_path / "none.npz")


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_a_damaged_file_says_what_to_do(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.npz"
    save(fitted(), path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(MapError, match="delete it"):
        load_landmarks(path)
