"""A report opened from a file in a real Chromium: maps are drawn, nothing is asked for, and it works by keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

from stream.report.render import render
from tests.browser.conftest import OpenPage
from tests.browser.watched import Watched
from tests.e2e.waiting import eventually
from tests.report.made_figures import made_figures

HOSTILE = "<script>alert(1)</script></script> \u202eevil مرحبا \u2028 " + "x" * 200
READBACK = "willReadFrequently"  # a hint of Chromium about plotly's own canvas

DRAWN = """(canvas) => {
  const { width, height } = canvas;
  const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  const colours = new Set();
  for (let at = 0; at < pixels.length; at += 4) if (pixels[at + 3] > 200) colours.add(pixels.slice(at, at + 3).join());
  return colours.size;
}"""


def opened(open_page: OpenPage, path: Path, document: str, **options: Any) -> Watched:
    path.write_text(document, encoding="utf-8")
    watched = open_page(path.as_uri(), **options)
    watched.expected = (READBACK,)
    return watched


def only_the_file_was_asked_for(watched: Watched) -> bool:
    return watched.requests == [watched.address]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_maps_are_drawn_without_any_request(open_page: OpenPage, tmp_path: Path, scheme: str) -> None:
    watched = opened(open_page, tmp_path / "report.html", render(made_figures(300, 12)), color_scheme=scheme)
    for map_ in watched.find(".map canvas[role=application]").all():
        assert map_.evaluate(DRAWN) >= 9  # eight hues and grey
    watched.find("#map-tsne-3d").scroll_into_view_if_needed()
    eventually(lambda: watched.find(".map .plot .gl-container canvas, .map .plot canvas").count() >= 2, "3-D is drawn")
    assert only_the_file_was_asked_for(watched)


def test_a_pointer_and_the_keyboard_tell_who_and_why(open_page: OpenPage, tmp_path: Path) -> None:
    figures = made_figures(40, 4, methods=("tsne-2d",))
    watched = opened(open_page, tmp_path / "report.html", render(figures))
    canvas, box = watched.find(".map canvas"), watched.find(".map .who")
    assert box.is_hidden()
    canvas.focus()
    canvas.press("ArrowRight")
    first = box.inner_text()
    assert first.startswith("user ")
    who = first.splitlines()[0].removeprefix("user ")
    at = figures.mapped.users.index(who)
    assert figures.mapped.reasons[at] in first
    canvas.press("ArrowLeft")
    assert box.inner_text() != first
    canvas.press("Escape")
    assert box.is_hidden()
    watched.find("#find").fill(who)
    watched.find("#find").press("Enter")
    assert figures.mapped.reasons[at] in watched.text("#found")


def test_colours_follow_the_choice_of_a_trait_or_one_segment(open_page: OpenPage, tmp_path: Path) -> None:
    watched = opened(open_page, tmp_path / "report.html", render(made_figures(200, 12, methods=("tsne-2d",))))
    assert watched.find("#legend li").count() == 9
    watched.find("#colouring").select_option(label="trait plan")
    assert watched.find("#legend li").all_inner_texts()[0].startswith("free (133)")
    watched.find("[data-show=s-0011]").click()
    assert watched.find("#legend li").count() == 2
    assert "11 (" in watched.find("#legend li").first.inner_text()


def test_hostile_texts_are_only_texts(open_page: OpenPage, tmp_path: Path) -> None:
    watched = opened(open_page, tmp_path / "report.html", render(made_figures(60, 5, HOSTILE, methods=("tsne-2d",))))
    watched.page.on("dialog", lambda dialog: watched.errors.append(f"dialog: {dialog.message}"))
    canvas = watched.find(".map canvas")
    canvas.focus()
    canvas.press("ArrowRight")
    assert "<script>alert(1)</script>" in watched.find(".map .who").inner_text()
    assert only_the_file_was_asked_for(watched)


def test_without_scripts_every_table_is_there(open_page: OpenPage, tmp_path: Path) -> None:
    watched = opened(open_page, tmp_path / "report.html", render(made_figures(60, 5)), java_script_enabled=False)
    assert watched.find("#overview").is_visible()
    assert watched.find("table").count() > 20
    assert watched.find(".needs-script").is_visible()
    assert not watched.find(".map-tools").is_visible()
    assert watched.find("[data-show]").first.is_hidden()


def test_on_paper_nothing_is_cut_off(open_page: OpenPage, tmp_path: Path) -> None:
    """A4 at 96 dots an inch, less margins."""
    document = render(made_figures(60, 5, "a rather long name of something", methods=("tsne-2d",)))
    watched = opened(open_page, tmp_path / "report.html", document, viewport={"width": 718, "height": 1047})
    watched.page.emulate_media(media="print")
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= 718
    assert watched.find("nav.contents").is_hidden()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (360, "light")])
def test_nothing_is_wider_than_the_page_and_axe_reports_nothing(
    open_page: OpenPage, tmp_path: Path, width: int, scheme: str
) -> None:
    document = render(made_figures(60, 5, "a rather long name of something", methods=("tsne-2d", "umap-2d")))
    viewport = {"width": width, "height": 800}
    watched = opened(open_page, tmp_path / "report.html", document, viewport=viewport, color_scheme=scheme)
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(watched.page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"][:120]) for each in found] == []
