"""Every page in a real browser: axe finds nothing in either theme, texts stay texts, and keys reach everything."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

from stream.serve.pages.router import ROUTES
from tests.browser.conftest import OpenPage
from tests.browser.dashboard import Dashboard, dashboard
from tests.browser.watched import Watched
from tests.e2e.waiting import eventually
from tests.serve.pages.records import HOSTILE
from tests.serve.pages.stored import ARABIC_USER, HOSTILE_USER, LONG_USER

PAGES = [
    "/",
    "/segments",
    "/segment?id=s-0002",
    "/segment/members?id=s-0003",
    "/flows?period=all",
    "/flow?from=s-0001&to=s-0002&period=all",
    "/changes",
    "/alerts",
    "/deliveries",
    "/user?id=ann",
    "/explanation?id=ann&sequence=3",
    "/map",
    "/models",
    "/health",
]
HOSTILE_PAGES = [
    "/segment?id=s-0003",
    *(f"/user?id={quote(user, safe='')}" for user in (LONG_USER, ARABIC_USER, HOSTILE_USER)),
]
KEYS_MAX = 400


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    with dashboard(tmp_path_factory.mktemp("pages") / "pages.store") as made:
        yield made


def violations(page: Watched, *rules: str) -> list[str]:
    """Return what axe finds, by these rules or by all: the rule, and the first element."""
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    found = Axe().run(page.page, options=options).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]


def is_drawn(page: Watched) -> bool:
    """Return True if every chart of the page has a canvas."""
    wanted = page.find("table[data-chart]").count()
    return page.find("figure.chart canvas").count() >= wanted


def test_the_list_has_every_page() -> None:
    assert {page.partition("?")[0] for page in PAGES} == ROUTES.keys()


@pytest.mark.parametrize("path", [*PAGES, *HOSTILE_PAGES])
def test_axe_finds_nothing_in_either_theme_and_the_page_fits_a_phone(
    board: Dashboard, open_page: OpenPage, path: str
) -> None:
    page = open_page(board.address + path, color_scheme="light")
    eventually(lambda: is_drawn(page), "charts are drawn", 30)
    assert violations(page) == []
    page.page.emulate_media(color_scheme="dark")
    assert violations(page, "color-contrast") == []
    page.page.set_viewport_size({"width": 360, "height": 740})
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_hostile_text_is_shown_as_text(board: Dashboard, open_page: OpenPage) -> None:
    page = open_page(f"{board.address}/segment?id=s-0002")
    asked: list[str] = []
    page.page.on("dialog", lambda dialog: asked.append(dialog.message))
    assert page.text("h1") == HOSTILE
    for path in ("/", "/segments", "/flows?period=all", "/map", f"/user?id={quote(HOSTILE_USER, safe='')}"):
        page.page.goto(board.address + path)
        eventually(lambda: is_drawn(page), "charts are drawn", 30)
        scripts = page.page.evaluate("[...document.scripts].filter(s => !s.src).length")
        assert (scripts, asked) == (0, [])


def test_keys_reach_every_control_and_show_where_they_are(board: Dashboard, open_page: OpenPage) -> None:
    page = open_page(board.address)
    page.wait_state("live")
    controls = "a[href], button, input, select, summary, [tabindex='0']"
    wanted = page.page.evaluate(f"[...document.querySelectorAll({controls!r})].filter(e => e.checkVisibility()).length")
    reached, unseen = 0, []
    page.page.evaluate("window.reached = new Set()")
    for _ in range(KEYS_MAX):
        page.page.keyboard.press("Tab")
        size, outline, html = page.page.evaluate(
            "(() => { const e = document.activeElement; reached.add(e);"
            " return [reached.size, getComputedStyle(e).outlineStyle, e.outerHTML.slice(0, 99)] })()"
        )
        if size == reached or html.startswith("<body"):
            break
        reached = size
        if outline == "none":
            unseen.append(html)
    assert unseen == []
    assert reached >= wanted > 20
