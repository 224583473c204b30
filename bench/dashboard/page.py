"""A page in a real Chromium: what it loads, and its memory after a while."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import sync_playwright

from tests.browser.chromium import ARGUMENTS, find_chromium
from tests.browser.watched import Watched


@dataclass(frozen=True)
class PageRow:
    """A page: kB of its first load, and its JavaScript heap when it was loaded and after the updates."""

    page: str
    first_load_kb: float
    heap_first_mb: float
    heap_last_mb: float
    n_nodes: int


def measure_page(address: str, path: str, play: Callable[[], None]) -> PageRow:
    """Open the page, let `play` make the updates, and return what it took."""
    chromium = find_chromium(os.environ)
    variables: dict[str, str | float | bool] = {**os.environ, **chromium.variables}
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=str(chromium.executable), env=variables, args=list(ARGUMENTS)
        )
        page = Watched(launched.new_context(), address + path)
        page.wait_state("live")
        loaded = page.page.evaluate(
            "[...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]"
            ".reduce((sum, entry) => sum + entry.transferSize, 0)"
        )
        first = page.memory()
        play()
        last = page.memory()
        launched.close()
    return PageRow(path, loaded / 1e3, first.heap_bytes / 1e6, last.heap_bytes / 1e6, last.n_nodes)
