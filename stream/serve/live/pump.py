"""The pump: reads the store while somebody listens, and sends every browser the same bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol
from uuid import uuid4

from stream.serve.live.board import Board, full, news
from stream.serve.live.events import Listener, event
from stream.serve.live.status import Status

Look = tuple[Board | None, Status, dict[str, Any] | None]

EVERY_S = 0.2
IDLE_SHARE = 4  # of the time that a look at the store takes, at least, until the next
HEARTBEAT_S = 10.0


class Looks(Protocol):
    """A look at the store: the board, the same object if nothing is new, the status, and points that moved."""

    async def look(self, known: Board | None, wants_map: bool) -> Look:
        """Return what is there now."""
        ...


class FullHouseError(Exception):
    """A pump with as many listeners as the settings allow."""


class Pump:
    """A pump for up to `most` listeners. All methods are of the event loop; `source` is read in a thread of its own."""

    def __init__(self, source: Looks, most: int, clock_s: Callable[[], float], is_stopping: Callable[[], bool]) -> None:
        self._source, self._most, self._clock_s, self._is_stopping = source, most, clock_s, is_stopping
        self._listeners: set[Listener] = set()
        self._new: set[Listener] = set()
        self._board: Board | None = None
        self._status: Status | None = None
        self._sent_s = 0.0
        self._start = uuid4().hex[:8]
        self.task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._is_closed = False

    def join(self, seen: str | None, wants_map: bool) -> Listener:
        """Add a browser; `seen` is the id of the last event that it has. Raise FullHouseError if there is no room."""
        if self._is_closed or self._is_stopping() or len(self._listeners) >= self._most:
            raise FullHouseError
        listener = Listener(seen, wants_map)
        self._listeners.add(listener)
        self._new.add(listener)
        self._wake.set()
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._run())
        return listener

    def leave(self, listener: Listener) -> None:
        """Remove a browser."""
        self._listeners.discard(listener)
        self._new.discard(listener)
        self._wake.set()

    async def close(self) -> None:
        """End all streams at once, and take no others."""
        self._is_closed = True
        self._drop_all()
        if self.task is not None:
            self.task.cancel()
            with suppress(asyncio.CancelledError):
                await self.task

    async def _run(self) -> None:
        try:
            while self._listeners and not self._is_stopping():
                await self._turn()
        finally:
            self._drop_all()

    async def _turn(self) -> None:
        began = self._clock_s()
        wants_map = any(listener.wants_map for listener in self._listeners)
        self._send(*await self._source.look(self._board, wants_map))
        took_s = self._clock_s() - began
        await asyncio.sleep(EVERY_S)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), max(0.0, IDLE_SHARE * took_s - EVERY_S))
        self._wake.clear()

    def _drop_all(self) -> None:
        for listener in self._listeners:
            listener.drop()

    def _send(self, board: Board | None, status: Status, points: dict[str, Any] | None) -> None:
        """Send what is new to those who listened before, and all to those who have not seen this."""
        before, self._board = self._board, board
        event_id = f"{self._start}-{board.revision if board else 0}"
        told = {"status": status}
        old = self._listeners - self._new
        if data := self._news(before, board, status):
            _send_all(old, event("delta", data | told, event_id))
        late = {listener for listener in self._new if listener.seen != event_id}
        if late and board:
            _send_all(late, event("full", full(board) | told, event_id))
        _send_all(self._new - late if board else self._new, event("delta", told, event_id))
        if points:
            _send_all({listener for listener in old if listener.wants_map}, event("map", points))
        self._new.clear()
        for listener in [each for each in self._listeners if each.is_dropped]:
            self._listeners.discard(listener)

    def _news(self, before: Board | None, board: Board | None, status: Status) -> dict[str, Any]:
        """Return the news for those who know `before`; empty if there is nothing to send, not even a heartbeat."""
        now_s, known = self._clock_s(), self._status
        is_other = known is None or (known.state, known.sentence) != (status.state, status.sentence)
        found: dict[str, Any] = {}
        if board and before and board is not before:
            found = news(before, board)
        elif board and not before:
            found = full(board) | {"changed": 0, "parts": sorted(board.stamps)}
        if found or is_other or now_s - self._sent_s >= HEARTBEAT_S:
            self._status, self._sent_s = status, now_s
            return found or {"changed": 0}
        return {}


def _send_all(listeners: set[Listener], data: bytes) -> None:
    for listener in listeners:
        listener.send(data)
