"""The engines that can be measured here, and what each promises."""

from __future__ import annotations

from importlib.util import find_spec

GUARANTEES = {"transactional": "exactly-once", "faust": "at-least-once"}


def engines() -> list[str]:
    """Their names; the Faust engine where its extra is installed."""
    return [engine for engine in GUARANTEES if engine != "faust" or find_spec("faust")]
