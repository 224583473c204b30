"""A Faust app as the engine of a Segue worker.

The event loop is the engine's own, in the calling thread, without Faust's command line and signal handlers.
"""

from __future__ import annotations

import asyncio
from threading import Event
from typing import Generic

from stream.engines.faust.app import SegueApp, create_app
from stream.engines.faust.workarounds import check_version, end_process
from stream.kafka.connection import Connection
from stream.kafka.topic_watch import TopicWatch
from stream.runtime.events import Observer
from stream.runtime.job import Job, Reader, Result
from stream.runtime.options import EngineOptions

_LOOK_S = 0.05
_STOP_S = 5.0  # everything is delivered and committed by then; the rest of Faust may end with the process


class FaustEngine(Generic[Reader, Result]):
    """An engine for one job in a Faust app. Raises FaustVersionError when another Faust is installed."""

    def __init__(
        self,
        job: Job[Reader, Result],
        connection: Connection,
        options: EngineOptions,
        observer: Observer,
        watch: TopicWatch,
    ) -> None:
        check_version()
        self._parts = job, connection, options, observer, watch

    def run(self, stop: Event) -> None:
        """Run until `stop` is set. A failure ends the process with exit code 70, or 1 where the topics are wrong."""
        asyncio.run(self._run(stop))

    async def _run(self, stop: Event) -> None:
        app = create_app(*self._parts)
        starting = asyncio.create_task(app.start())
        while not stop.is_set():
            if app.crashed or (starting.done() and starting.exception()):
                end_process(app.crash_reason or starting.exception() or RuntimeError("Faust crashed"))
            await asyncio.sleep(_LOOK_S)
        await self._stop(app, starting)

    async def _stop(self, app: SegueApp[Reader, Result], starting: asyncio.Task[None]) -> None:
        if app.runner:
            await app.runner.stop()  # without a limit: the current turn is delivered
        try:
            async with asyncio.timeout(_STOP_S):
                await app.stop()
        except TimeoutError:
            pass
        starting.cancel()
