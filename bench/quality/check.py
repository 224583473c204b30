"""Comparison with the original program, before the port; `yardstick.json` holds the printed figures.

The FOLDER of its commands held the raw base as a float32 ONNX graph, and its tokenizer. Its texts were the shop's
codes: category and type in lower case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from bench.quality.estimates import Estimate

PRINTED = Path(__file__).with_name("yardstick.json")
_DIGITS = 4
_INTERVAL_DIGITS = 3

Printed = Mapping[str, float | list[float]]


class Yardstick(msgspec.Struct, frozen=True):
    """Printed lines and their commands by name, and `shared`, the figures common to all lines."""

    commands: dict[str, str]
    shared: dict[str, float]
    rows: dict[str, dict[str, float | list[float]]]


def read_yardstick() -> Yardstick:
    """Read the printed figures."""
    return msgspec.json.decode(PRINTED.read_bytes(), type=Yardstick)


def differences(found: Mapping[str, Estimate], printed: Printed) -> Iterator[str]:
    """Yield a message for each printed figure that differs from `found`; MRR_ci is the interval of MRR."""
    for name, expected in printed.items():
        if isinstance(expected, list):
            estimate = found[name.removesuffix("_ci")]
            got: float | list[float] = [round(limit, _INTERVAL_DIGITS) for limit in (estimate.low, estimate.high)]
        else:
            got = round(found[name].value, _DIGITS)
        if got != expected:
            yield f"{name} is {got}, the yardstick printed {expected}"
