"""The map in a real browser: users are drawn in the hues of their segments, and the pointer tells who is there."""

from __future__ import annotations

from pathlib import Path
from time import time

from stream.maps.landmark_file import landmark_path, save
from stream.serve.app import build_app
from stream.serve.parts import Parts
from stream.settings import ServeSettings
from stream.store.freshness import Freshness, State
from stream.store.queries.samples import samples
from stream.store.store import open_store
from tests.browser.conftest import OpenPage
from tests.browser.dashboard import IDENTITY
from tests.browser.server import serving
from tests.e2e.waiting import eventually
from tests.maps.stores import store_with
from tests.serve.live.test_points import landmarks_of

N = 40
INK = """(() => {
  const canvas = document.querySelector(".chart-map canvas");
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let n = 0;
  for (let at = 3; at < pixels.length; at += 4) n += pixels[at] > 0;
  return n;
})()"""


def store_with_layout(path: Path) -> Path:
    """Write users and a layout in which each of them has a place of its own, on a diagonal."""
    store_with(path, N)
    landmarks = landmarks_of(samples(open_store(path)))
    save(landmarks, landmark_path(path))
    return path


def test_users_are_drawn_and_the_pointer_tells_who_is_there(tmp_path: Path, open_page: OpenPage) -> None:
    path = store_with_layout(tmp_path / "mapped.store")
    fresh = Freshness(State.LIVE, 0, 400, 0, 1, "")
    parts = Parts(path, lambda: fresh, ServeSettings(), IDENTITY, lambda: int(time() * 1000))
    with serving(lambda _: build_app(parts)) as address:
        page = open_page(f"{address}/map")
        page.expected = ("getImageData",)  # by this test
        eventually(lambda: page.find(".chart-map canvas").count() == 1, "the map has a canvas", 60)
        eventually(lambda: page.page.evaluate(INK) > N, "users are drawn", 60)
        page.find(".chart-map canvas").hover(position={"x": 11, "y": 11})
        eventually(lambda: page.find(".map-tip").is_visible(), "the pointer tells who is there", 30)
        assert page.text(".map-tip").startswith(f"{samples(open_store(path)).users[0]}: ")
        page.page.goto("about:blank")
