"""Label heads as the file `labels.json` of an encoder folder: JSON, versioned.

    {"format": 1, "dimension": 128, "heads": [{"name": "age", "values": ["19-24", ...], "threshold": 0.6,
     "weight": [[...], ...], "bias": [...]}]}

`weight` has one row for each dimension and one column for each value.
"""

from __future__ import annotations

from hashlib import sha256

import msgspec
import numpy as np

from stream.core.arrays import Vectors
from stream.core.labels import LabelHead, LabelHeads

FORMAT = 1


class LabelHeadsError(ValueError):
    """Unusable label heads: damaged, of another format, or made for another encoder."""


class LabelHeadRecord(msgspec.Struct, frozen=True):
    """A label head: a linear classifier over the semantic half of a profile."""

    name: str
    values: tuple[str, ...]
    threshold: float
    weight: list[list[float]]
    bias: list[float]


class LabelHeadsRecord(msgspec.Struct, frozen=True):
    """A file of label heads."""

    format: int
    dimension: int
    heads: tuple[LabelHeadRecord, ...]


class _Format(msgspec.Struct):
    format: int


def write_label_heads(heads: LabelHeads, dimension: int) -> bytes:
    """Return the bytes of `labels.json`; the version of `heads`, a hash of the bytes, is not included.

    Raises LabelHeadsError as `read_label_heads` does.
    """
    records = tuple(
        LabelHeadRecord(head.name, head.values, head.threshold, head.weight.tolist(), head.bias.tolist())
        for head in heads.heads
    )
    data = msgspec.json.encode(LabelHeadsRecord(FORMAT, dimension, records))
    read_label_heads(data, dimension)
    return data


def read_label_heads(data: bytes, dimension: int | None = None) -> LabelHeads:
    """Return the heads in the bytes of `labels.json`.

    Raises LabelHeadsError on malformed heads, or on another dimension than a given `dimension` of the encoder.
    """
    record = _decode(data)
    if dimension is not None and record.dimension != dimension:
        raise LabelHeadsError(f"made for {record.dimension} dimensions, the encoder has {dimension}")
    names = [head.name for head in record.heads]
    if len(set(names)) != len(names):
        raise LabelHeadsError(f"expected every label once, got {', '.join(names)}")
    heads = tuple(_head(head, record.dimension) for head in record.heads)
    return LabelHeads(sha256(data).hexdigest()[:12], heads)


def _decode(data: bytes) -> LabelHeadsRecord:
    try:
        found = msgspec.json.decode(data, type=_Format).format
        if found != FORMAT:
            raise LabelHeadsError(f"expected format {FORMAT}, got {found}")
        return msgspec.json.decode(data, type=LabelHeadsRecord)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LabelHeadsError(f"no label heads: {error}") from error


def _head(record: LabelHeadRecord, dimension: int) -> LabelHead:
    name, n_values = record.name, len(record.values)
    if n_values < 2 or len(set(record.values)) != n_values:
        raise LabelHeadsError(f"label {name!r}: expected at least 2 different values, got {list(record.values)}")
    if not 0 < record.threshold <= 1:
        raise LabelHeadsError(f"label {name!r}: threshold must be in (0, 1], got {record.threshold}")
    rows = {len(row) for row in record.weight}
    if len(record.weight) != dimension or rows != {n_values} or len(record.bias) != n_values:
        got = f"{len(record.weight)} rows of {sorted(rows)} and {len(record.bias)}"
        raise LabelHeadsError(
            f"label {name!r}: expected weights ({dimension}, {n_values}) and {n_values} biases, got {got}"
        )
    return LabelHead(name, record.values, _finite(name, record.weight), _finite(name, record.bias), record.threshold)


def _finite(name: str, numbers: list[float] | list[list[float]]) -> Vectors:
    with np.errstate(over="ignore"):  # what float32 can not hold becomes infinite and is refused below
        array = np.array(numbers, np.float32)
    if not np.isfinite(array).all():
        raise LabelHeadsError(f"label {name!r}: expected finite weights and biases, got some that are not")
    return array
