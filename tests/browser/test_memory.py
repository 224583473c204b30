"""A page that stays open does not grow: 5,000 users, 25 moves in each of five updates a second."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.crowd import Crowd
from tests.browser.dashboard import Dashboard, dashboard
from tests.browser.watched import Memory, Watched
from tests.e2e.waiting import eventually

WARM_UP = 15  # turns until parts were replaced, charts drawn and code compiled
GROWTH_MAX = Memory(heap_bytes=1_000_000, n_nodes=500, n_listeners=20)


def play(page: Watched, board: Dashboard, crowd: Crowd, n_turns: int) -> None:
    """Move users, one turn after the page has shown the one before."""
    for _ in range(n_turns):
        board.move(*crowd.turn())
        eventually(lambda: page.revision() == board.writer.revision, "the page follows")


def growth(page: Watched, board: Dashboard, n_turns: int) -> tuple[Memory, Memory]:
    """Return the page's memory after the warm-up, and after so many turns more."""
    page.wait_state("live")
    play(page, board, crowd := Crowd(), WARM_UP)
    before = page.memory()
    play(page, board, crowd, n_turns)
    return before, page.memory()


def check(path: Path, open_page: OpenPage, n_turns: int) -> None:
    with dashboard(path, Crowd().first()) as board:
        page = open_page(board.address)
        before, after = growth(page, board, n_turns)
        page.page.goto("about:blank")
    assert after.heap_bytes - before.heap_bytes <= GROWTH_MAX.heap_bytes
    assert after.n_nodes - before.n_nodes <= GROWTH_MAX.n_nodes
    assert after.n_listeners - before.n_listeners <= GROWTH_MAX.n_listeners


def test_the_page_does_not_grow(tmp_path: Path, open_page: OpenPage) -> None:
    check(tmp_path / "crowd.store", open_page, n_turns=15)


@pytest.mark.chaos
def test_the_page_does_not_grow_in_a_minute(tmp_path: Path, open_page: OpenPage) -> None:
    check(tmp_path / "crowd.store", open_page, n_turns=300)
