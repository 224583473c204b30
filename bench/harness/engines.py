"""Engines that are installed, with delivery guarantees."""

from __future__ import annotations

from importlib.util import find_spec

GUARANTEES = {"transactional": "exactly-once", "faust": "at-least-once"}


def engines() -> list[str]:
    """Return the names of the engines; Faust only where the extra is installed."""
    return [engine for engine in GUARANTEES if engine != "faust" or find_spec("faust")]
