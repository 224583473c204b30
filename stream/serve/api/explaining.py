"""Explanations one at a time, on a thread of their own: each reads the log, and takes up to seconds of a core."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import TypeVar

import msgspec

from stream.explain.errors import ExplainError, NoSuchChangeError
from stream.kafka.broker_errors import BrokerError, TopicsError
from stream.onnx.folder import EncoderError
from stream.serve.parts import Explain
from stream.serve.problems import Problem, ProblemError
from stream.wire.segment_models import SegmentModelError

N_WAITING_MAX = 8
_RETRY_S = 5

T = TypeVar("T")
Task = tuple[str, int | None, Callable[[bytes | BaseException], None]]


class Explaining:
    """A queue of explanations. Its thread does not hold the process up at its end."""

    def __init__(self, explain: Explain | None) -> None:
        self._explain = explain
        self._tasks: SimpleQueue[Task] = SimpleQueue()
        self._n_waiting = 0
        if explain:
            threading.Thread(target=self._work, args=(explain,), name="explain", daemon=True).start()

    async def explain(self, user: str, sequence: int | None) -> bytes:
        """Return the explanation as JSON; raises ProblemError."""
        if self._explain is None:
            raise ProblemError(Problem.CANNOT_EXPLAIN, "this server reads a file: there is no log to recompute from")
        if self._n_waiting >= N_WAITING_MAX:
            after = {"retry-after": str(_RETRY_S)}
            raise ProblemError(Problem.BUSY, f"{N_WAITING_MAX} explanations wait; ask again in {_RETRY_S} s", after)
        self._n_waiting += 1
        try:
            found = await self._ask(user, sequence)
        finally:
            self._n_waiting -= 1
        if isinstance(found, bytes):
            return found
        raise _problem(found)

    async def _ask(self, user: str, sequence: int | None) -> bytes | BaseException:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bytes | BaseException] = loop.create_future()

        def answer(found: bytes | BaseException) -> None:
            if not future.done():
                future.set_result(found)

        self._tasks.put((user, sequence, lambda found: _call_in(loop, answer, found)))
        return await future

    def _work(self, explain: Explain) -> None:
        while True:
            user, sequence, done = self._tasks.get()
            try:
                done(msgspec.json.encode(explain(user, sequence)))
            except Exception as error:  # noqa: BLE001  the one who asked raises it again
                done(error)


def _call_in(loop: asyncio.AbstractEventLoop, answer: Callable[[T], None], found: T) -> None:
    with suppress(RuntimeError):  # the loop has ended, and nobody waits
        loop.call_soon_threadsafe(answer, found)


def _problem(error: BaseException) -> BaseException:
    """Return the problem that an error of an explanation is; the error itself if it is a fault of the server."""
    if isinstance(error, NoSuchChangeError):
        return ProblemError(Problem.NO_SUCH_CHANGE, str(error))
    if isinstance(error, ExplainError):
        return ProblemError(Problem.NO_SUCH_USER, str(error))
    if isinstance(error, ModuleNotFoundError):
        return ProblemError(Problem.CANNOT_EXPLAIN, f"{error.name} is not installed: pip install 'segue[cpu]'")
    if isinstance(error, BrokerError | TopicsError | EncoderError | SegmentModelError):
        return ProblemError(Problem.CANNOT_EXPLAIN, str(error), {"retry-after": str(_RETRY_S)})
    return error
