"""Rounds alternating between methods, so that a disturbance of the machine hits all."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from time import perf_counter
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)


def best_s(
    methods: Mapping[Name, Callable[[], object]], n_rounds: int, clock: Callable[[], float] = perf_counter
) -> dict[Name, float]:
    """Return the seconds of each method's fastest round, by name.

    >>> list(best_s({"sum": lambda: sum(range(9)), "max": lambda: max(range(9))}, n_rounds=2))
    ['sum', 'max']
    """
    best = dict.fromkeys(methods, float("inf"))
    for _ in range(n_rounds):
        for name, run in methods.items():
            started_s = clock()
            run()
            best[name] = min(best[name], clock() - started_s)
    return best
