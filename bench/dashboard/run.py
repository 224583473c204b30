"""A server and its browsers, update by update: 5,000 users in 40 segments, 25 moves five times a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from bench.dashboard.browser import Browser
from bench.dashboard.page import PageRow, measure_page
from bench.dashboard.server import cpu_s, server
from stream.store.writer import StoreWriter
from tests.browser.crowd import Crowd
from tests.browser.dashboard import Dashboard

EVERY_S = 0.2
SETTLE_S = 2.0


@dataclass(frozen=True)
class BrowserRow:
    """Cost with so many browsers: the server's CPU in percent of a core, kB and updates a second of one browser."""

    n_browsers: int
    server_cpu_percent: float
    kb_per_s: float
    updates_per_s: float


@contextmanager
def board(path: Path, n_users: int) -> Iterator[tuple[Dashboard, Crowd]]:
    """Write the users into a store; yield what writes more."""
    made, crowd = Dashboard(StoreWriter(path)), Crowd(n_users)
    made.publish(crowd.first())
    try:
        yield made, crowd
    finally:
        made.writer.close()


def play(made: Dashboard, crowd: Crowd, seconds: float, tick: Callable[[], object]) -> None:
    """Move users five times a second, and call `tick` after each time."""
    began = monotonic()
    for turn in range(max(1, round(seconds / EVERY_S))):
        made.move(*crowd.turn())
        tick()
        sleep(max(0.0, began + (turn + 1) * EVERY_S - monotonic()))


def measure_browsers(
    path: Path, counts: tuple[int, ...], seconds: float, n_users: int, tick: Callable[[], object]
) -> Iterator[BrowserRow]:
    """Yield the cost with each number of browsers on the overview."""
    with board(path, n_users) as (made, crowd), server(path) as (port, pipe):
        for n_browsers in counts:
            browsers = [Browser(port, "/") for _ in range(n_browsers)]
            play(made, crowd, SETTLE_S, lambda: None)
            before_s, began = cpu_s(pipe), monotonic()
            n_bytes, n_events = _read(browsers)
            play(made, crowd, seconds, tick)
            used_s, took_s = cpu_s(pipe) - before_s, monotonic() - began
            bytes_now, events_now = _read(browsers)
            each = max(1, n_browsers) * took_s
            yield BrowserRow(
                n_browsers, 100 * used_s / took_s, (bytes_now - n_bytes) / each / 1e3, (events_now - n_events) / each
            )
            for browser in browsers:
                browser.leave()


def measure_pages(
    path: Path, pages: tuple[str, ...], seconds: float, n_users: int, tick: Callable[[], object]
) -> Iterator[PageRow]:
    """Yield first load and memory of each page, over so many seconds of updates."""
    with board(path, n_users) as (made, crowd), server(path) as (port, _):
        for page in pages:
            yield measure_page(f"http://127.0.0.1:{port}", page, lambda: play(made, crowd, seconds, tick))


def _read(browsers: list[Browser]) -> tuple[int, int]:
    return sum(each.n_bytes for each in browsers), sum(each.n_events for each in browsers)
