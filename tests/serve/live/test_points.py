"""Points of the map: users at their places, moved only by what is new."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from stream.maps.landmarks import Landmarks
from stream.maps.layout import Layout, LayoutState
from stream.maps.methods import Method
from stream.maps.space import Space
from stream.serve.identity import Identity
from stream.serve.live.points import EVERY_MS, FULL_SCALE, Points
from stream.serve.parts import Parts
from stream.settings import ServeSettings
from stream.store.freshness import Freshness, State
from stream.store.queries.samples import SampleFrame, samples
from stream.store.store import Store, open_store
from tests.maps.groups import model
from tests.maps.stores import store_with

N = 40
FRESH = Freshness(State.LIVE, 0, 0, 0, 1, "")


@dataclass
class Keeper:
    """A keeper whose layout a test sets."""

    layout: Layout

    def current(self) -> Layout:
        return self.layout

    def close(self) -> None: ...


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(store_with(tmp_path / "made.store", N))


@pytest.fixture
def layout(store: Store) -> Layout:
    return Layout(LayoutState.READY, "", landmarks_of(samples(store)))


def landmarks_of(frame: SampleFrame) -> Landmarks:
    """Return landmarks that are the users themselves, each at a place of its own."""
    serving = model()
    width = serving.scaler.transform(frame.profiles).shape[1]
    space = Space(serving.scaler, np.zeros(width, np.float32), np.eye(width, dtype=np.float32))
    places = np.array([[at, at % 7] for at in range(len(frame.users))], np.float32)
    vectors = space.transform(frame.profiles)
    return Landmarks("words", serving.features, space, vectors, {Method.TSNE_2D: places}, 1, 0)


def points_of(store: Store, layout: Layout, clock_ms: list[int]) -> Points:
    parts = Parts(store.path, lambda: FRESH, ServeSettings(), Identity(True, "s", b"k"), lambda: clock_ms[0])
    return Points(Keeper(layout), parts)  # type: ignore[arg-type]


def test_every_user_is_at_the_place_of_the_own_profile(store: Store, layout: Layout) -> None:
    found = points_of(store, layout, [0]).everything(store)
    numbers = np.frombuffer(b64decode(found["points"]), "<u2").reshape(-1, 3)
    at = np.arange(N)
    assert numbers[:, 0].tolist() == np.round(at / (N - 1) * FULL_SCALE).tolist()
    assert numbers[:, 1].tolist() == np.round(at % 7 / 6 * FULL_SCALE).tolist()
    ids = [found["segments"][number]["id"] for number in numbers[:, 2]]
    assert ids == list(samples(store).segments)


def test_nothing_moves_without_news_and_a_new_layout_moves_all(store: Store, layout: Layout) -> None:
    clock_ms = [EVERY_MS]
    points = points_of(store, Layout(LayoutState.FITTING, "the map is being fitted"), clock_ms)
    assert points.moved(store) is None
    points._keeper.layout = layout  # type: ignore[attr-defined]
    assert points.moved(store) is None  # too soon
    clock_ms[0] += EVERY_MS
    assert len((points.moved(store) or {})["points"]) == N
    clock_ms[0] += EVERY_MS
    assert points.moved(store) is None


def test_a_place_tells_its_user(store: Store, layout: Layout) -> None:
    points = points_of(store, layout, [0])
    made = points.everything(store)["made"]
    told = points.who(store, made, 3)
    assert told is not None
    assert told["user"] == samples(store).users[3]
    assert points.who(store, made, N) is None
    assert points.who(store, "another", 3) is None
