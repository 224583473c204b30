"""An open page follows the store: figures, parts, latest changes and state, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from stream.settings import ServeSettings
from stream.store.freshness import State
from stream.wire.catalogue import CatalogueEntry
from stream.wire.changes import SegmentChange
from stream.wire.records import ProducerRecord
from stream.wire.topics import SEGMENTS
from tests.browser.conftest import OpenPage
from tests.browser.dashboard import Dashboard, dashboard
from tests.browser.watched import Watched
from tests.e2e.waiting import eventually
from tests.serve.pages.records import HOSTILE, T0, change
from tests.serve.pages.stored import description

_times = count(T0 + 1_000, 1_000)


def entered(user: str, segment: str = "s-0001") -> SegmentChange:
    """Return a change of a new user into a segment, later than all before."""
    return change(user, 1, "pending", segment, next(_times))


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    with dashboard(tmp_path_factory.mktemp("live") / "live.store") as made:
        yield made


def figures(page: Watched) -> dict[str, str]:
    """Return the text of every live figure of a page, but its age."""
    shown = "e.getAttribute('points') ?? e.textContent"
    found = page.page.evaluate(f"[...document.querySelectorAll('[data-live]')].map(e => [e.dataset.live, {shown}])")
    return {key: text for key, text in found if key != "freshness:age"}


@pytest.mark.parametrize("path", ["/", "/segments"])
def test_an_open_page_shows_what_a_new_one_would(board: Dashboard, open_page: OpenPage, path: str) -> None:
    page = open_page(board.address + path)
    page.wait_state("live")
    before = figures(page)
    board.move(*(entered(f"{path}{n}") for n in range(3)))
    eventually(lambda: figures(page) != before, "figures change")
    fresh = open_page(board.address + path)
    eventually(lambda: figures(page) == figures(fresh), "the open page shows what a new one does", 30)
    assert len(before) > 10


def test_latest_changes_appear_on_top_as_text_and_can_be_held(board: Dashboard, open_page: OpenPage) -> None:
    page, items = open_page(board.address), '[data-live-list="changes"] > li'
    page.wait_state("live")
    board.move(replace(entered("first"), summary=f"moved to {HOSTILE}"))
    eventually(lambda: HOSTILE in page.text(items), "the change is on top")
    assert "first" in page.text(items)
    assert page.find(f"{items} script").count() == 0
    button = page.find('[data-live-pause="changes"]')
    button.click()
    users = page.text('[data-live="total:n_users"]')
    board.move(entered("second"))
    eventually(lambda: page.text('[data-live="total:n_users"]') != users, "the page has heard of the second")
    assert "first" in page.text(items)
    button.click()
    eventually(lambda: "second" in page.text(items), "the held change appears")
    assert page.find(items).count() <= 30


def test_a_new_segment_appears_and_focus_and_scroll_stay(board: Dashboard, open_page: OpenPage) -> None:
    page = open_page(f"{board.address}/segments", viewport={"width": 700, "height": 400})
    page.wait_state("live")
    link = page.find('#part-segments a[href="/segment?id=s-0001"]').first
    link.focus()
    top = page.page.evaluate("scrollTo(0, 120), scrollY")
    entry = CatalogueEntry("s-0077", 1, replace(description("s-0077"), name="Newly born"), retired=False)
    board.publish([ProducerRecord(SEGMENTS, b"s-0077", msgspec.json.encode(entry), [])])
    eventually(lambda: "Newly born" in page.text("#part-segments"), "the segment is in the table")
    focused = page.page.evaluate("document.activeElement.getAttribute('href')")
    assert (focused, page.page.evaluate("scrollY")) == ("/segment?id=s-0001", top)
    assert page.find("figure.chart").count() == page.find("table[data-chart]").count()


def test_the_page_tells_the_state_of_the_figures(board: Dashboard, open_page: OpenPage) -> None:
    page = open_page(board.address)
    for state in (State.LIVE, State.RECONNECTING, State.CATCHING_UP, State.LIVE):
        board.state = state
        page.wait_state(state.value)
    assert page.find("#live-state").get_attribute("role") == "status"


def test_a_page_without_scripts_shows_the_figures_too(board: Dashboard, open_page: OpenPage) -> None:
    plain = open_page(f"{board.address}/segments", java_script_enabled=False)
    texts = plain.find("[data-live^='segment:s-0001:']").all_text_contents()
    live = open_page(f"{board.address}/segments").find("[data-live^='segment:s-0001:']").all_text_contents()
    assert texts == live
    assert plain.find("figure.chart").count() == 0


def test_the_chosen_theme_stays(board: Dashboard, open_page: OpenPage) -> None:
    page = open_page(board.address, color_scheme="light")
    paper = "getComputedStyle(document.documentElement).getPropertyValue('--paper')"
    light = page.page.evaluate(paper)
    page.find("[data-theme-switch]").click()
    dark = page.page.evaluate(paper)
    assert dark != light
    page.page.reload()
    assert page.page.evaluate(paper) == dark


def test_a_page_beyond_the_limit_waits_and_gets_its_turn(tmp_path: Path, open_page: OpenPage) -> None:
    with dashboard(tmp_path / "one.store", settings=ServeSettings(serve_streams=1)) as made:
        first = open_page(made.address)
        first.wait_state("live")
        second = open_page(made.address)
        second.expected = ("503",)
        second.wait_state("reconnecting")
        assert second.text('[data-live="total:n_users"]') == first.text('[data-live="total:n_users"]')
        first.page.goto("about:blank")
        second.wait_state("live")
        second.page.goto("about:blank")
