"""Segment models as JSON documents: in files and on `segment-model`, with a format number and a hash.

    {"format": 1, "sha256": "...", "model": {"version": 3, "ids": [...], "centroids": {"shape": [12, 145], ...}, ...}}

Arrays are base64 of little-endian numbers with their shape. The hash covers the bytes of "model" as written.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.core.scaler import Scaler
from stream.core.segment_model import SegmentModel
from stream.wire.cloud_events import JSON_HEADERS
from stream.wire.descriptions import SegmentDescription, core_description, public_description
from stream.wire.records import ProducerRecord
from stream.wire.topics import SEGMENT_MODEL

FORMAT = 1
_DTYPES = ("<f4", "<f8")


class SegmentModelError(ValueError):
    """An unusable document: damaged, altered, or of a newer format."""


class Array(msgspec.Struct, frozen=True):
    """An array of numbers: numpy dtype such as `<f4`, shape, and bytes in C order."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes


class SegmentModelRecord(msgspec.Struct, frozen=True):
    """A model's numbers: the hashed part of a document."""

    version: int
    encoder: str
    features: tuple[str, ...]
    explicit_mean: Array
    explicit_scale: Array
    explicit_spread: float
    explicit_weight: float
    semantic_mean: Array
    semantic_scale: float
    semantic_prior: float
    semantic_weight: float
    ids: tuple[str, ...]
    centroids: Array
    thresholds: Array
    descriptions: tuple[SegmentDescription, ...]
    made_ms: int
    objective: float


class Envelope(msgspec.Struct, frozen=True):
    """A document: the model's bytes and their hash."""

    format: int
    sha256: str
    model: msgspec.Raw


def dump_segment_model(model: SegmentModel) -> bytes:
    """Return the model as a JSON document; equal models have equal bytes."""
    scaler = model.scaler
    record = SegmentModelRecord(
        version=model.version,
        encoder=model.encoder,
        features=model.features,
        explicit_mean=_array(scaler.explicit_mean, "<f8"),
        explicit_scale=_array(scaler.explicit_scale, "<f8"),
        explicit_spread=scaler.explicit_spread,
        explicit_weight=scaler.explicit_weight,
        semantic_mean=_array(scaler.semantic_mean, "<f4"),
        semantic_scale=scaler.semantic_scale,
        semantic_prior=scaler.semantic_prior,
        semantic_weight=scaler.semantic_weight,
        ids=model.ids,
        centroids=_array(model.centroids, "<f4"),
        thresholds=_array(model.thresholds, "<f8"),
        descriptions=tuple(map(public_description, model.descriptions)),
        made_ms=model.made_ms,
        objective=model.objective,
    )
    body = msgspec.json.encode(record)
    return msgspec.json.encode(Envelope(FORMAT, sha256(body).hexdigest(), msgspec.Raw(body)))


def load_segment_model(document: bytes) -> SegmentModel:
    """Return the model of a document; raises SegmentModelError on a damaged or altered document or another format."""
    try:
        envelope = msgspec.json.decode(document, type=Envelope)
        _check_format(envelope.format)
        body = bytes(envelope.model)
        if sha256(body).hexdigest() != envelope.sha256:
            raise SegmentModelError("segment model does not match its sha256: damaged or altered, make it again")
        return _check(_model(msgspec.json.decode(body, type=SegmentModelRecord)))
    except (ValueError, RecursionError) as error:
        if isinstance(error, SegmentModelError):
            raise
        raise SegmentModelError(f"not a segment model: {error}") from error


def model_message(model: SegmentModel) -> ProducerRecord:
    """Return the record to publish a model on `segment-model`."""
    return ProducerRecord(SEGMENT_MODEL, _key(model.version), dump_segment_model(model), list(JSON_HEADERS))


def retraction_message(version: int) -> ProducerRecord:
    """Return the tombstone to remove a model from `segment-model`."""
    return ProducerRecord(SEGMENT_MODEL, _key(version), None, [])


def _key(version: int) -> bytes:
    return str(version).encode()


def _array(values: NDArray[Any], dtype: str) -> Array:
    return Array(dtype, values.shape, values.astype(dtype).tobytes())


def _check_format(found: int) -> None:
    if found > FORMAT:
        raise SegmentModelError(f"segment model of format {found}, this Segue reads format {FORMAT}: upgrade Segue")
    if found != FORMAT:
        raise SegmentModelError(f"not a segment model: expected format {FORMAT}, got {found}")


def _check(model: SegmentModel) -> SegmentModel:
    """Return `model`; raises SegmentModelError if its arrays do not fit together, for such a model must not decide."""
    k, n = len(model.ids), len(model.features)
    shapes = {
        "centroids": (model.centroids.shape, (k, model.scaler.width)),
        "thresholds": (model.thresholds.shape, (k,)),
        "descriptions": ((len(model.descriptions),), (k,)),
        "explicit_mean": (model.scaler.explicit_mean.shape, (n,)),
        "explicit_scale": (model.scaler.explicit_scale.shape, (n,)),
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
    return SegmentModel(
        version=record.version,
        encoder=record.encoder,
        features=record.features,
        scaler=Scaler(
            explicit_mean=_numbers(record.explicit_mean, np.float64),
            explicit_scale=_numbers(record.explicit_scale, np.float64),
            explicit_spread=record.explicit_spread,
            explicit_weight=record.explicit_weight,
            semantic_mean=_numbers(record.semantic_mean, np.float32),
            semantic_scale=record.semantic_scale,
            semantic_prior=record.semantic_prior,
            semantic_weight=record.semantic_weight,
        ),
        ids=record.ids,
        centroids=_numbers(record.centroids, np.float32),
        thresholds=_numbers(record.thresholds, np.float64),
        descriptions=tuple(map(core_description, record.descriptions)),
        made_ms=record.made_ms,
        objective=record.objective,
    )
