"""The same digits as the program that this one was ported from; what that one printed is in `yardstick.json`.

The FOLDER of its commands held the raw base as a float32 ONNX graph and its tokenizer.
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
    """`rows[name]` is the line that `commands[name]` printed, less `shared`, which all lines have."""

    commands: dict[str, str]
    shared: dict[str, float]
    rows: dict[str, dict[str, float | list[float]]]


def read_yardstick() -> Yardstick:
    return msgspec.json.decode(PRINTED.read_bytes(), type=Yardstick)


def differences(found: Mapping[str, Estimate], printed: Printed) -> Iterator[str]:
    """One sentence for each printed figure that `found` has not to the last digit; MRR_ci is the interval of MRR."""
    for name, expected in printed.items():
        if isinstance(expected, list):
            estimate = found[name.removesuffix("_ci")]
            got: float | list[float] = [round(limit, _INTERVAL_DIGITS) for limit in (estimate.low, estimate.high)]
        else:
            got = round(found[name].value, _DIGITS)
        if got != expected:
            yield f"{name} is {got}, the yardstick printed {expected}"
