"""Time to decode the largest messages: a megabyte of one repeated piece, after each start.

These are the shapes with which a parser's time can grow faster than the length. Most are no JSON and are rejected. The
fastest round of each counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from time import perf_counter

from bench.harness.part import Part
from stream.core.event import Rejected
from stream.wire.fields import Fields
from stream.wire.json_events import decode_json

_N_BYTES = 999_000  # below a megabyte by a record's envelope
_STARTS = ("", '{"note": ', '{"text": "')
_PIECES = ("[", '{"a":', "7", '"a', "\\u0041", " ")
_GOOD = '{"user_id": "ann", "timestamp": 1700000000000, "text": "'  # accepted once closed


@dataclass(frozen=True)
class Sizes:
    """Number of rounds of each shape."""

    n_rounds: int


@dataclass(frozen=True)
class Row:
    """A shape, its outcome, and the milliseconds of one message."""

    start: str
    piece: str
    outcome: str
    decode_ms: float


def measure(sizes: Sizes) -> list[Row]:
    """Return the shapes, slowest first."""
    shapes = [*((start, piece, "") for start, piece in product(_STARTS, _PIECES)), (_GOOD, "milk ", '"}')]
    rows = [_row(start, piece, end, sizes.n_rounds) for start, piece, end in shapes]
    return sorted(rows, key=lambda row: -row.decode_ms)


def _row(start: str, piece: str, end: str, n_rounds: int) -> Row:
    value = (start + piece * ((_N_BYTES - len(start)) // len(piece)) + end).encode()
    content = decode_json(b"ann", value, Fields())
    outcome = content.reason if isinstance(content, Rejected) else "accepted"
    return Row(start, piece, outcome, min(_decode_ms(value) for _ in range(n_rounds)))


def _decode_ms(value: bytes) -> float:
    started = perf_counter()
    decode_json(b"ann", value, Fields())
    return (perf_counter() - started) * 1000


PART = Part(
    title="A message of a megabyte",
    aim="reported",
    full=Sizes(n_rounds=20),
    quick=Sizes(n_rounds=3),
    measure=measure,
)
