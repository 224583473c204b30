"""Outputs of the kernel, row by row, as values."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import sizeof, string_at
from struct import Struct
from typing import NamedTuple

from stream.core.kernel.step_layout import OutputBlock

_ROW = Struct("=5qQQq8i2q2d9Q2q")
assert _ROW.size == sizeof(OutputBlock)


class OutputRow(NamedTuple):
    """An output of the kernel; addresses are 0 where it has nothing there."""

    record: int
    now_ms: int
    ahead_ms: int
    led_ms: int
    due_ms: int
    user: int
    name: int
    n_name: int
    flags: int
    rule: int
    model: int
    nearest: int
    runner_up: int
    from_segment: int
    candidate_before: int
    pinned_before: int
    since_before_ms: int
    candidate_since_before_ms: int
    mass: float
    semantic_share: float
    explicit: int
    shares: int
    item_shares: int
    probabilities: int
    semantic: int
    scaled: int
    distances: int
    move: int
    predicted: int
    sample_at: int
    n_sample: int


def output_rows(at: int, n: int) -> Iterator[OutputRow]:
    """Yield n outputs from an address."""
    return map(OutputRow._make, _ROW.iter_unpack(string_at(at, n * _ROW.size))) if n else iter(())
