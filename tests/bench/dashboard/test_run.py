"""A browser of the measurement reads what a page would."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from bench.dashboard.browser import Browser
from tests.browser.crowd import Crowd
from tests.browser.dashboard import dashboard
from tests.e2e.waiting import eventually


def test_a_browser_counts_events_and_bytes(tmp_path: Path) -> None:
    crowd = Crowd(n_users=50, n_segments=5)
    with dashboard(tmp_path / "made.store", crowd.first()) as made:
        browser = Browser(urlsplit(made.address).port or 0, "/")
        eventually(lambda: browser.n_events == 1, "the browser has all figures")
        n_bytes = browser.n_bytes
        made.move(*crowd.turn())
        eventually(lambda: browser.n_events == 2, "the browser has the news")
        assert 0 < browser.n_bytes - n_bytes < n_bytes
        browser.leave()
