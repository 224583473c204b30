"""A page whose requests, console and errors are noted from the first moment."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator

from tests.e2e.waiting import eventually

LOCAL = ("127.0.0.1", "")  # "": data: addresses
TIMEOUT_MS = 60_000


@dataclass(frozen=True)
class Memory:
    """Memory of a page: its JavaScript heap, its nodes, and its listeners to events."""

    heap_bytes: int
    n_nodes: int
    n_listeners: int


class Watched:
    """A page at an address, watched: `requests` has every address that it asked for."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context, self.address = context, address
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.expected: tuple[str, ...] = ()  # parts of errors that the test provokes
        self.page = context.new_page()
        self.page.set_default_timeout(TIMEOUT_MS)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.errors.append(f"exception: {error}"))
        self.page.goto(address, wait_until="load")

    def faults(self) -> list[str]:
        """Return errors of the console, and requests to other machines."""
        away = [url for url in self.requests if (urlsplit(url).hostname or "") not in LOCAL]
        return [error for error in self.errors if not any(part in error for part in self.expected)] + away

    def find(self, selector: str) -> Locator:
        """Return the elements of a selector."""
        return self.page.locator(selector)

    def text(self, selector: str) -> str:
        """Return the text of the first element."""
        return (self.find(selector).first.text_content() or "").strip()

    def wait_text(self, selector: str, expected: str) -> None:
        """Wait until the first element has this text."""
        eventually(lambda: self.text(selector) == expected, f"{selector} shows {expected!r}")

    def wait_state(self, *states: str) -> None:
        """Wait until the page tells one of these states."""
        eventually(lambda: self.state() in states, f"the page says {states}, not {self.state()}")

    def state(self) -> str | None:
        """Return the state that the page tells."""
        return self.find("#live-state").get_attribute("data-state")

    def revision(self) -> int:
        """Return the revision of the store that the page shows."""
        return int(self.page.evaluate("document.body.dataset.revision"))

    def memory(self) -> Memory:
        """Return the page's memory after a collection."""
        session = self.context.new_cdp_session(self.page)
        session.send("HeapProfiler.enable")
        session.send("HeapProfiler.collectGarbage")
        counters = session.send("Memory.getDOMCounters")
        heap = session.send("Runtime.getHeapUsage")["usedSize"]
        session.detach()
        return Memory(int(heap), int(counters["nodes"]), int(counters["jsEventListeners"]))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(f"{message.type}: {message.text}")
