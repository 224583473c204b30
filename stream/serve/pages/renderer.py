"""A renderer of pages: opens the store, fills a template, and turns errors into pages."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from math import inf
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse

from stream.serve.pages.errors import PageError
from stream.serve.pages.frame import frame_of
from stream.serve.pages.views import alike, hues_of, selected_of, told_apart
from stream.serve.parts import Parts
from stream.store.errors import StoreError
from stream.store.queries.segments import SegmentRow, segment_names, segment_rows
from stream.store.store import Store, newest_ms, open_store, revision
from stream.web.environment import environment

Values = dict[str, Any]
_HEADERS = {"cache-control": "no-store"}  # pages name users


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a page: the store at one revision, the query, and what most pages need."""

    parts: Parts
    store: Store
    query: dict[str, str]
    rows: list[SegmentRow]
    names: dict[str, str]
    newest_ms: int
    selected: tuple[str, ...] = ()  # segments to colour, as the reader chose

    @property
    def hues(self) -> dict[str, int]:
        """Hues of the segments that the reader chose, else of the largest, the largest first."""
        if self.selected:
            return {segment: hue for hue, segment in enumerate(self.selected, start=1)}
        return hues_of(self.rows)

    @property
    def told_names(self) -> dict[str, str]:
        """Names for sentences: with the id where two segments have the same name."""
        return told_apart(self.names)


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its template, title, entry of the menu, and values of the template."""

    template: str
    title: str
    address: str
    values: Values


Handler = Callable[[Asked], Page]


class Renderer:
    """A renderer of pages over the store of `parts`. The rows of segments are kept while the revision stays."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._rows: tuple[int, list[SegmentRow]] = (-1, [])

    def endpoint(self, handler: Handler) -> Callable[[Request], HTMLResponse]:
        """Return an endpoint, for a thread of its own, that answers with the page of `handler`."""

        def answer(request: Request) -> HTMLResponse:
            try:
                return self._page(handler, parse_qsl(request.url.query, errors="replace"))
            except PageError as error:
                return self.error(error)
            except StoreError as error:
                return self.error(PageError(503, "There is no store yet", f"{error}."))

        return answer

    def error(self, error: PageError) -> HTMLResponse:
        """Return an error as a page."""
        page = Page("pages/error.html", error.title, "", {"sentences": error.sentences, "status": error.status})
        return self._response(page, None, 0, {}, error.status)

    def _page(self, handler: Handler, query: list[tuple[str, str]]) -> HTMLResponse:
        with closing(open_store(self._parts.store_path)) as store, store.snapshot():
            now, rows = newest_ms(store), self._segment_rows(store)
            names = segment_names(store)
            asked = Asked(self._parts, store, dict(query), rows, names, now, selected_of(query, names))
            page = handler(asked)
            common = {"hues": asked.hues, "names": asked.names, "alike": alike(asked.names)}
            return self._response(page, now, revision(store), common, 200)

    def _segment_rows(self, store: Store) -> list[SegmentRow]:
        at = revision(store)
        if self._rows[0] != at:
            self._rows = at, segment_rows(store)
        return self._rows[1]

    def _response(self, page: Page, now: int | None, at: int, common: Values, status: int) -> HTMLResponse:
        values = {
            "title": page.title,
            "frame": frame_of(page.address, self._parts.freshness(), now, at),
            "hues": {},
            "inf": inf,
            "names": {},
            "alike": set(),
            **common,
            **page.values,
        }
        return HTMLResponse(environment().get_template(page.template).render(values), status, _HEADERS)
