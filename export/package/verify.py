"""An encoder folder against reference vectors: directions, lengths, size, batch invariance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from tqdm import tqdm

from export.package.bounds import Verification
from stream.core.arrays import Vectors
from stream.core.encoder import Encoder
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import FP16_MODEL

MIN_LENGTH = 0.1  # errors of shorter vectors are relative to this: they weigh next to nothing in a profile
INVARIANCE_TEXTS = 64
CALL_TEXTS = 1024  # texts between two steps of the progress bar


@dataclass(frozen=True)
class ReferenceVectors:
    """Distinct texts, not yet normalised, and the vectors (n, d) of the source model."""

    texts: Sequence[str]
    vectors: Vectors


@dataclass(frozen=True)
class Agreement:
    """Cosines and lengths of vectors against their reference."""

    cosine_mean: float
    cosine_min: float
    length_error_max: float  # |length - reference length| / max(reference length, MIN_LENGTH)


def evaluate_folder(folder: Path, reference: ReferenceVectors) -> Verification:
    """Measure the encoder in `folder` against `reference`. Raises EncoderError when the folder is not intact."""
    encoder = OnnxEncoder(folder, cache_texts=0)
    started_s = perf_counter()
    vectors = encode_with_progress(encoder, reference.texts, folder.name)
    elapsed_s = perf_counter() - started_s
    agreement = compare(vectors, reference.vectors)
    return Verification(
        n_texts=len(reference.texts),
        cosine_mean=agreement.cosine_mean,
        cosine_min=agreement.cosine_min,
        length_error_max=agreement.length_error_max,
        texts_per_s=round(len(reference.texts) / elapsed_s, 1),
        size_bytes=sum(file.stat().st_size for file in folder.iterdir() if file.name != FP16_MODEL),
    )


def encode_with_progress(encoder: Encoder, texts: Sequence[str], label: str) -> Vectors:
    """Return the vectors (n, d) of `texts` in order, with a progress bar on a terminal."""
    starts = range(0, max(len(texts), 1), CALL_TEXTS)
    bar = tqdm(starts, desc=f"encode {label}", unit="call", leave=False, disable=None)
    return np.concatenate([encoder.encode(texts[start : start + CALL_TEXTS]) for start in bar])


def compare(vectors: Vectors, reference: Vectors) -> Agreement:
    """Compare two arrays (n, d) row by row; two zero vectors agree, a zero vector and another do not.

    >>> compare(np.array([[0.5, 0.0]]), np.array([[0.4, 0.3]]))
    Agreement(cosine_mean=0.8, cosine_min=0.8, length_error_max=0.0)
    """
    got, expected = np.linalg.norm(vectors, axis=1), np.linalg.norm(reference, axis=1)
    products = got * expected
    with np.errstate(divide="ignore", invalid="ignore"):
        cosines = np.where(products > 0, (vectors * reference).sum(axis=1) / products, got == expected)
    errors = np.abs(got - expected) / np.maximum(expected, MIN_LENGTH)
    return Agreement(
        cosine_mean=round(float(cosines.mean()), 5),
        cosine_min=round(float(cosines.min()), 5),
        length_error_max=round(float(errors.max()), 5),
    )


def check_batch_invariance(encoder: Encoder, texts: Sequence[str]) -> list[str]:
    """Return a sentence if a vector depends on its batch, to the last bit; then a replay would decide otherwise."""
    some = list(texts[:INVARIANCE_TEXTS])
    together = encoder.encode(some)
    dependent = sum(
        encoder.encode([text])[0].tobytes() != vector.tobytes() for text, vector in zip(some, together, strict=True)
    )
    if not dependent:
        return []
    return [f"{dependent} of {len(some)} vectors depend on the texts beside them, expected none: end it before pooling"]
