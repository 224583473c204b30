"""Waiting for something to become true, with a deadline."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

Answer = TypeVar("Answer")

DEADLINE_S = 150.0  # of every wait; a quick machine is done in a few seconds


def eventually(look: Callable[[], Answer], what: str, for_s: float = DEADLINE_S) -> Answer:
    """The first truthy answer of `look`; fails after `for_s` seconds."""
    deadline = monotonic() + for_s
    while monotonic() < deadline:
        if answer := look():
            return answer
        sleep(0.02)
    raise AssertionError(f"not within {for_s:.0f} s: {what}")
