"""TCP proxies on 127.0.0.1, one in front of each broker, that delay, cut, or swallow what passes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

_CHUNK_BYTES = 1 << 16


class Proxy:
    """A proxy on `port` to `target` on 127.0.0.1. Set `delay_s` at any time; it holds for every chunk of 64 KiB."""

    def __init__(self) -> None:
        self.port = self.target = 0
        self.delay_s = 0.0
        self.n_bytes = 0
        self._is_cut = False
        self._flows = asyncio.Event()
        self._flows.set()
        self._open: set[asyncio.StreamWriter] = set()

    async def listen(self) -> None:
        """Take a free port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self, is_cut: bool) -> None:
        """Reset every connection, and each new one, until this is called with False."""
        self._is_cut = is_cut
        self._abort_all()

    async def swallow(self, is_silent: bool) -> None:
        """Let nothing pass, with open connections, until this is called with False. Then reset them: bytes are lost."""
        if is_silent:
            self._flows.clear()
        else:
            self._abort_all()
            self._flows.set()

    async def close(self) -> None:
        """End the listener and every connection."""
        self._server.close()
        self._abort_all()

    def _abort_all(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self._is_cut:
                return
            await self._flows.wait()
            there_reader, there = await asyncio.open_connection("127.0.0.1", self.target)
            self._open.add(there)
            try:
                await asyncio.gather(self._pump(reader, there), self._pump(there_reader, writer))
            finally:
                self._open.discard(there)
                there.transport.abort()
        except OSError:
            pass  # the broker is down, or a side has gone: so is this connection
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(_CHUNK_BYTES):
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            await self._flows.wait()
            self.n_bytes += len(chunk)
            writer.write(chunk)
            await writer.drain()
        raise ConnectionResetError  # one side has ended, so the other must


class Network:
    """Some proxies on one event loop, in a thread of their own, within the `with` block."""

    def __init__(self, n: int) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.proxies = [Proxy() for _ in range(n)]

    def __enter__(self) -> Self:
        self._thread.start()
        self._each(Proxy.listen)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._each(Proxy.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        with suppress(RuntimeError):
            self._loop.run_until_complete(self._end_tasks())
        self._loop.close()

    def cut(self, at: int, is_cut: bool) -> None:
        """See `Proxy.cut`."""
        self._wait(self.proxies[at].cut(is_cut))

    def swallow(self, at: int, is_silent: bool) -> None:
        """See `Proxy.swallow`."""
        self._wait(self.proxies[at].swallow(is_silent))

    def delay(self, at: int, delay_s: float) -> None:
        """Delay every chunk by this time; 0 for none."""
        self.proxies[at].delay_s = delay_s

    async def _end_tasks(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _each(self, act: Callable[[Proxy], Coroutine[Any, Any, None]]) -> None:
        for proxy in self.proxies:
            self._wait(act(proxy))

    def _wait(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)
