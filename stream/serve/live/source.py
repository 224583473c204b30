"""Boards, states and points of the map, read from the store in one thread of its own."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from stream.serve.live.board import Board, read_board
from stream.serve.live.points import Points
from stream.serve.live.pump import Look
from stream.serve.live.status import status
from stream.serve.parts import Parts
from stream.store.errors import StoreError
from stream.store.store import Store, open_store, revision

DRAW_MS = 5_000
Answer = TypeVar("Answer")
Query = Callable[[Store], dict[str, Any] | None]


class Source:
    """A read-only connection to the store, opened in the thread that uses it, and the points of the map."""

    def __init__(self, parts: Parts, points: Points) -> None:
        self._parts, self._points = parts, points
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="live")
        self._store: Store | None = None
        self._drawn_ms, self._is_owing = 0, False

    async def look(self, known: Board | None, wants_map: bool) -> Look:
        """Return the board, the same object if nothing is new, the status, and points that moved."""
        return await self._in_thread(lambda: self._look(known, wants_map))

    async def all_points(self) -> dict[str, Any] | None:
        """Return the map; None while there is none."""
        return await self._in_thread(lambda: self._read(self._points.everything))

    async def who(self, made: str, place: int) -> dict[str, Any] | None:
        """Return the user at a place of the map; None if the map is another one or has no such place."""
        return await self._in_thread(lambda: self._read(lambda store: self._points.who(store, made, place)))

    def close(self) -> None:
        """End the thread."""
        self._thread.submit(self._close)
        self._points.close()
        self._thread.shutdown(wait=False)

    async def _in_thread(self, function: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)

    def _look(self, known: Board | None, wants_map: bool) -> Look:
        now = status(self._parts.freshness(), self._parts.clock_ms())
        store = self._opened()
        if store is None:
            return None, now, None
        try:
            known = self._board(store, known)
            return known, now, self._points.moved(store) if wants_map else None
        except sqlite3.DatabaseError:  # the file was made anew; the next look opens it again
            self._close()
            return known, now, None

    def _board(self, store: Store, known: Board | None) -> Board:
        """Return the board; its sparklines are drawn anew every five seconds, for figures over a month."""
        now_ms = self._parts.clock_ms()
        is_due = known is None or now_ms - self._drawn_ms >= DRAW_MS
        if known is not None and revision(store) == known.revision and not (is_due and self._is_owing):
            return known
        if is_due:
            self._drawn_ms = now_ms
        self._is_owing = not is_due
        return read_board(store, self._parts.identity, None if is_due else known)

    def _read(self, query: Query) -> dict[str, Any] | None:
        store = self._opened()
        return query(store) if store else None

    def _opened(self) -> Store | None:
        if self._store is None:
            with suppress(StoreError):
                self._store = open_store(self._parts.store_path)
        return self._store

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
        self._store = None
