"""One browser for each process of the test run, and pages that note all that they do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import ARGUMENTS, find_chromium
from tests.browser.watched import Watched

OpenPage = Callable[..., Watched]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A real Chromium; without one the test fails, for a skipped test would prove nothing.

    It ends with this folder's tests: until then an event loop runs in this thread, and no other could.
    """
    chromium = find_chromium(os.environ)
    variables: dict[str, str | float | bool] = {**os.environ, **chromium.variables}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(chromium.executable), env=variables, args=list(ARGUMENTS)
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Open pages, each with its own storage. After the test none has an error, and none asked another machine."""
    opened: list[Watched] = []

    def open_one(address: str, **options: object) -> Watched:
        context = browser.new_context(**options)  # type: ignore[arg-type]
        opened.append(Watched(context, address))
        return opened[-1]

    yield open_one
    faults = [watched.faults() for watched in opened]
    for watched in opened:
        watched.context.close()
    assert faults == [[] for _ in opened]
