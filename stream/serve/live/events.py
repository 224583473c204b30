"""Server-sent events as bytes (WHATWG HTML, section 9.2), and the queue of each browser."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import msgspec

QUEUE_EVENTS = 50  # ten seconds of updates


def event(name: str, value: Any, event_id: str | None = None) -> bytes:
    """Return an event with a JSON value, which has no line break."""
    head = f"id: {event_id}\n" if event_id is not None else ""
    return f"{head}event: {name}\ndata: ".encode() + msgspec.json.encode(value) + b"\n\n"


@dataclass(eq=False, slots=True)
class Listener:
    """A browser that listens. `seen` is the id of the last event that it has; `wants_map` is set by pages with a map.

    The queue is bounded: a browser that does not keep up is dropped. It connects again, and then gets a full board.
    """

    seen: str | None
    wants_map: bool
    is_dropped: bool = False
    _queue: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(QUEUE_EVENTS + 1))

    def send(self, data: bytes) -> None:
        """Send an event, or drop a browser whose queue is full."""
        if self._queue.qsize() >= QUEUE_EVENTS:
            self.drop()
        elif not self.is_dropped:
            self._queue.put_nowait(data)

    def drop(self) -> None:
        """End the stream, without the events that wait."""
        self.is_dropped = True
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(None)

    async def receive(self) -> bytes | None:
        """Wait for the next event; None at the end."""
        return await self._queue.get()
