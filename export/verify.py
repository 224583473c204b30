"""An encoder folder held to its torch reference: directions, lengths, size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from export.errors import VerificationError as VerificationError
from stream.core.encoder import Encoder
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import FP16_MODEL

MIN_LENGTH = 0.1  # relative errors of shorter vectors are relative to this: their weight is nothing
COMPANY_TEXTS = 64

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Bounds:
    """What an encoder folder must reach. The defaults are for int8."""

    cosine_mean: float = 0.98  # at least, to the torch reference
    cosine_min: float = 0.90  # at least, for the worst text
    length_error_max: float = 0.2  # at most, relative, for the worst text
    size_bytes: int = 30_000_000  # at most, all files that a worker on a CPU reads


@dataclass(frozen=True)
class Agreement:
    """Vectors against their reference."""

    cosine_mean: float
    cosine_min: float
    length_error_max: float  # |length / reference length - 1|, where the reference is MIN_LENGTH or longer


@dataclass(frozen=True)
class Verification:
    """What was measured."""

    n_texts: int
    cosine_mean: float
    cosine_min: float
    length_error_max: float
    texts_per_s: float  # distinct texts, no cache, all texts in one call
    size_bytes: int


def verify(folder: Path, texts: Sequence[str], reference: Vectors, bounds: Bounds | None = None) -> Verification:
    """The measures of `folder` on distinct `texts`, whose `reference` vectors are (n, d).

    Raises VerificationError that names every bound missed, EncoderError when the folder is not intact.
    """
    verification = held(folder, texts, reference)
    refuse(folder.name, misses(verification, bounds or Bounds()))
    return verification


def held(folder: Path, texts: Sequence[str], reference: Vectors) -> Verification:
    """The measures of `folder`, good or not."""
    encoder = OnnxEncoder(folder, cache_texts=0)
    started_s = perf_counter()
    vectors = encoder.encode(texts)
    elapsed_s = perf_counter() - started_s
    agreement = compare(vectors, reference)
    return Verification(
        n_texts=len(texts),
        cosine_mean=agreement.cosine_mean,
        cosine_min=agreement.cosine_min,
        length_error_max=agreement.length_error_max,
        texts_per_s=round(len(texts) / elapsed_s, 1),
        size_bytes=sum(file.stat().st_size for file in folder.iterdir() if file.name != FP16_MODEL),
    )


def compare(vectors: Vectors, reference: Vectors) -> Agreement:
    """`vectors` against `reference`, both (n, d); two zero vectors agree, a zero and another do not.

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


def misses(got: Verification, bounds: Bounds) -> list[str]:
    """A sentence for each bound that `got` misses; what is not a number misses.

    >>> misses(Verification(9, 0.97, 0.95, 0.0, 100.0, 10), Bounds())
    ['cosine_mean 0.97, expected >= 0.98']
    """
    least = [
        f"{name} {getattr(got, name)}, expected >= {getattr(bounds, name)}"
        for name in ("cosine_mean", "cosine_min")
        if not getattr(got, name) >= getattr(bounds, name)
    ]
    most = [
        f"{name} {getattr(got, name)}, expected <= {getattr(bounds, name)}"
        for name in ("length_error_max", "size_bytes")
        if not getattr(got, name) <= getattr(bounds, name)
    ]
    return least + most


def company(encoder: Encoder, texts: Sequence[str]) -> list[str]:
    """A sentence if a vector of `encoder` depends on the texts beside it; a replay could not repeat its decisions."""
    some = list(texts[:COMPANY_TEXTS])
    together = encoder.encode(some)
    dependent = sum(
        encoder.encode([text])[0].tobytes() != vector.tobytes() for text, vector in zip(some, together, strict=True)
    )
    if not dependent:
        return []
    return [f"{dependent} of {len(some)} vectors depend on the texts beside them, expected none: end it before pooling"]


def refuse(name: str, missed: Sequence[str]) -> None:
    """Raise VerificationError that names every bound `missed`; nothing when there is none."""
    if missed:
        raise VerificationError(f"{name} is not good enough: {'; '.join(missed)}")


def with_shortest(texts: Sequence[str]) -> list[str]:
    """`texts`, and their shortest first word if it is not among them: few tokens are where padding would show.

    >>> with_shortest(["red wine", "apples"])
    ['red wine', 'apples', 'red']
    """
    words = [text.split()[0] for text in texts if text.split()]
    return list(dict.fromkeys([*texts, *([min(words, key=len)] if words else [])]))
