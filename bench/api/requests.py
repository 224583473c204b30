"""Requests at a steady rate, each timed from the moment it was due: a late answer delays no other request's clock."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

_IDLE_S = 2.0
OK = b"HTTP/1.1 200"

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Load:
    """Requests of `paths` in turn, at random gaps with `per_s` as their mean rate, for `seconds`."""

    host: str
    port: int
    paths: Sequence[str]
    per_s: float
    seconds: float
    seed: int = 0


@dataclass(frozen=True)
class Answered:
    """Latencies in ms, in the order of answers, and the number of answers that were not 200."""

    latencies_ms: tuple[float, ...]
    n_failed: int


def ask(load: Load) -> Answered:
    """Send all requests and wait for all answers."""
    return asyncio.run(_Client(load).run())


class _Client:
    """A client with as many connections as are needed at once; each is kept open."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._free: list[tuple[Connection, float]] = []  # with the time of the last answer
        self._latencies_ms: list[float] = []
        self._n_failed = 0

    async def run(self) -> Answered:
        gaps, due_s, tasks = random.Random(self._load.seed), perf_counter(), []
        end_s, at = due_s + self._load.seconds, 0
        while due_s < end_s:
            await asyncio.sleep(max(0.0, due_s - perf_counter()))
            path = self._load.paths[at % len(self._load.paths)]
            tasks.append(asyncio.create_task(self._request(path, due_s)))
            due_s, at = due_s + gaps.expovariate(self._load.per_s), at + 1
        await asyncio.gather(*tasks)
        for (_, writer), _ in self._free:
            writer.close()
        return Answered(tuple(self._latencies_ms), self._n_failed)

    async def _request(self, path: str, due_s: float) -> None:
        load = self._load
        reader, writer = await self._connection()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {load.host}:{load.port}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(_length(head))
        self._latencies_ms.append((perf_counter() - due_s) * 1000)
        self._n_failed += not head.startswith(OK)
        self._free.append(((reader, writer), perf_counter()))

    async def _connection(self) -> Connection:
        """Return a free connection, or a new one. A server closes one that was idle for 5 s."""
        while self._free:
            connection, used_s = self._free.pop()
            if perf_counter() - used_s < _IDLE_S:
                return connection
            connection[1].close()
        return await asyncio.open_connection(self._load.host, self._load.port)


def _length(head: bytes) -> int:
    """Return the length of the body after a head."""
    names = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
    return int(names[b"content-length"])
