"""Moments on the command line: a time in ISO 8601, or an age."""

from __future__ import annotations

import re
from time import time
from typing import Any

import click

from stream.core.event import Rejected
from stream.wire.timestamps import to_ms

_AGE = re.compile(r"(\d{1,9})([smhd])")
_UNIT_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class Moment(click.ParamType):
    """Milliseconds since 1970 UTC, of ISO 8601 text or of an age such as `90m`, `12h` or `7d`."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Convert `2026-11-01`, `2026-11-01T12:00Z` or `7d`."""
        if isinstance(value, int):
            return value
        if age := _AGE.fullmatch(value):
            return int(time() * 1000) - int(age[1]) * _UNIT_MS[age[2]]
        found = to_ms(value)
        if isinstance(found, Rejected):
            self.fail(f"{value!r} is neither a time such as 2026-11-01T12:00Z nor an age such as 90m, 12h or 7d.")
        return found
