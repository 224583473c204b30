"""Segment models as files and as messages on `segment-model`: JSON, versioned, hashed.

    {"format": 2, "sha256": "...", "model": {"version": 3, "ids": [...], "centroids": {"shape": [12, 145], ...}, ...}}

Arrays are base64 of little-endian numbers with their shape. The hash covers the bytes of "model" as written.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.core.segment_model import Description, Scaler, SegmentModel
from stream.wire.records import ProducerRecord
from stream.wire.topics import SEGMENT_MODEL, SEGMENTS

FORMAT = 2
_READ = (1, 2)  # format 1 has no `made_ms`, no `objective` and shorter descriptions
_DTYPES = ("<f4", "<f8")


class SegmentModelError(ValueError):
    """A segment model can not be read: damaged, altered, or of a newer format."""


class Array(msgspec.Struct, frozen=True):
    """An array of numbers: numpy dtype such as `<f4`, shape, and its bytes in C order."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes


class SegmentModelRecord(msgspec.Struct, frozen=True):
    """The part that is hashed."""

    version: int
    encoder: str
    features: tuple[str, ...]
    explicit_mean: Array
    explicit_scale: Array
    semantic_mean: Array
    semantic_scale: float
    semantic_weight: float
    ids: tuple[str, ...]
    centroids: Array
    thresholds: Array
    descriptions: tuple[Description, ...]
    made_ms: int = 0
    objective: float = 0.0


class Envelope(msgspec.Struct, frozen=True):
    """What is written: the record's own bytes, and their hash."""

    format: int
    sha256: str
    model: msgspec.Raw


class CatalogueEntry(msgspec.Struct, frozen=True):
    """Value on `segments`: what people read about a segment. `retired`: the model that serves does not have it, and
    `segment_model` is the last that did."""

    id: str
    segment_model: int
    description: Description
    retired: bool = False


def dump_segment_model(model: SegmentModel) -> bytes:
    """The model as one JSON document; the same model gives the same bytes."""
    scaler = model.scaler
    record = SegmentModelRecord(
        version=model.version,
        encoder=model.encoder,
        features=model.features,
        explicit_mean=_array(scaler.explicit_mean, "<f8"),
        explicit_scale=_array(scaler.explicit_scale, "<f8"),
        semantic_mean=_array(scaler.semantic_mean, "<f4"),
        semantic_scale=scaler.semantic_scale,
        semantic_weight=scaler.semantic_weight,
        ids=model.ids,
        centroids=_array(model.centroids, "<f4"),
        thresholds=_array(model.thresholds, "<f8"),
        descriptions=model.descriptions,
        made_ms=model.made_ms,
        objective=model.objective,
    )
    body = msgspec.json.encode(record)
    return msgspec.json.encode(Envelope(FORMAT, sha256(body).hexdigest(), msgspec.Raw(body)))


def load_segment_model(document: bytes) -> SegmentModel:
    """The model of a document of `dump_segment_model`; raises SegmentModelError when it is damaged."""
    try:
        envelope = msgspec.json.decode(document, type=Envelope)
        if envelope.format not in _READ:
            raise SegmentModelError(f"segment model of format {envelope.format}, this Segue reads up to {FORMAT}")
        body = bytes(envelope.model)
        if sha256(body).hexdigest() != envelope.sha256:
            raise SegmentModelError("segment model does not match its sha256: damaged or altered, make it again")
        return _check(_model(msgspec.json.decode(body, type=SegmentModelRecord)))
    except (msgspec.DecodeError, ValueError) as error:
        if isinstance(error, SegmentModelError):
            raise
        raise SegmentModelError(f"not a segment model: {error}") from error


def model_message(model: SegmentModel) -> ProducerRecord:
    """The model for `segment-model`."""
    return ProducerRecord(SEGMENT_MODEL, str(model.version).encode(), dump_segment_model(model), [])


def retraction_message(version: int) -> ProducerRecord:
    """What takes a model off `segment-model`: a tombstone."""
    return ProducerRecord(SEGMENT_MODEL, str(version).encode(), None, [])


def catalogue_messages(model: SegmentModel, former: SegmentModel | None = None) -> list[ProducerRecord]:
    """One entry for `segments` for each segment of the model; of those that only the former one has a last entry,
    retired, that names no members."""
    entries = [CatalogueEntry(i, model.version, d) for i, d in zip(model.ids, model.descriptions, strict=True)]
    for segment, described in zip(former.ids, former.descriptions, strict=True) if former else ():
        if former and segment not in model.ids:
            nameless = replace(described, typical=(), boundary=())
            entries.append(CatalogueEntry(segment, former.version, nameless, retired=True))
    return [ProducerRecord(SEGMENTS, entry.id.encode(), msgspec.json.encode(entry), []) for entry in entries]


def _array(values: NDArray[Any], dtype: str) -> Array:
    return Array(dtype, values.shape, values.astype(dtype).tobytes())


def _check(model: SegmentModel) -> SegmentModel:
    """A record can be whole and yet not fit together; such a model must not decide."""
    k, width = len(model.ids), len(model.features) + len(model.scaler.semantic_mean)
    shapes = {
        "centroids": (model.centroids.shape, (k, width)),
        "thresholds": (model.thresholds.shape, (k,)),
        "descriptions": ((len(model.descriptions),), (k,)),
        "explicit_mean": (model.scaler.explicit_mean.shape, (len(model.features),)),
        "explicit_scale": (model.scaler.explicit_scale.shape, (len(model.features),)),
    }
    for name, (got, expected) in shapes.items():
        if got != expected:
            raise SegmentModelError(f"segment model {model.version}: {name} has the shape {got}, expected {expected}")
    return model


def _numbers(array: Array, dtype: type[Any]) -> NDArray[Any]:
    if array.dtype not in _DTYPES:
        raise SegmentModelError(f"segment model with numbers of type {array.dtype!r}, expected {' or '.join(_DTYPES)}")
    return np.frombuffer(array.data, array.dtype).reshape(array.shape).astype(dtype)


def _model(record: SegmentModelRecord) -> SegmentModel:
    scaler = Scaler(
        _numbers(record.explicit_mean, np.float64),
        _numbers(record.explicit_scale, np.float64),
        _numbers(record.semantic_mean, np.float32),
        record.semantic_scale,
        record.semantic_weight,
    )
    return SegmentModel(
        record.version,
        record.encoder,
        record.features,
        scaler,
        record.ids,
        _numbers(record.centroids, np.float32),
        _numbers(record.thresholds, np.float64),
        record.descriptions,
        record.made_ms,
        record.objective,
    )
