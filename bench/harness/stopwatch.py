"""Seconds spent in functions, for slow functions only: two clock readings must not matter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from time import perf_counter
from typing import Any, Self
from unittest.mock import patch


class Stopwatch:
    """A stopwatch: within the `with` block, watched functions add to `seconds` by name."""

    def __init__(self, clock_s: Callable[[], float] = perf_counter) -> None:
        self._clock_s = clock_s
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._patches = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._patches.close()

    def time(self, owner: object, name: str) -> None:
        """Watch a function of a module, or a method of a class. Watched functions must not call each other."""
        self._patches.enter_context(patch.object(owner, name, self._timed(getattr(owner, name), name)))

    def _timed(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            started = self._clock_s()
            try:
                return function(*arguments, **named)
            finally:
                self.seconds[name] += self._clock_s() - started

        return timed
