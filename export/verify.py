"""An encoder folder held to its torch reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from stream.adapters.onnx_encoder import OnnxEncoder


class VerificationError(ValueError):
    """An encoder folder misses a bound."""


@dataclass(frozen=True)
class Bounds:
    """What an encoder folder must reach."""

    cosine_mean: float = 0.98  # at least, to the torch reference
    cosine_min: float = 0.90  # at least, for the worst text
    size_bytes: int = 30_000_000  # at most, all files together


@dataclass(frozen=True)
class Verification:
    """What was measured."""

    n_texts: int
    cosine_mean: float
    cosine_min: float
    texts_per_s: float  # distinct texts, no cache, all texts in one call
    size_bytes: int


def verify(
    folder: Path, texts: Sequence[str], reference: NDArray[np.float32], bounds: Bounds | None = None
) -> Verification:
    """The measures of `folder` on distinct `texts`, whose `reference` vectors (n, d) are L2-normalised.

    Raises VerificationError that names every bound missed, EncoderError when the folder is not intact.
    """
    encoder = OnnxEncoder(folder, cache_texts=0)
    started_s = perf_counter()
    vectors = encoder.encode(texts)
    elapsed_s = perf_counter() - started_s
    cosines = (vectors * reference).sum(axis=1)
    verification = Verification(
        n_texts=len(texts),
        cosine_mean=round(float(cosines.mean()), 5),
        cosine_min=round(float(cosines.min()), 5),
        texts_per_s=round(len(texts) / elapsed_s, 1),
        size_bytes=sum(file.stat().st_size for file in folder.iterdir()),
    )
    missed = misses(verification, bounds or Bounds())
    if missed:
        raise VerificationError(f"{folder.name} is not good enough: {'; '.join(missed)}")
    return verification


def misses(got: Verification, bounds: Bounds) -> list[str]:
    """A sentence for each bound that `got` misses.

    >>> misses(Verification(9, 0.97, 0.95, 100.0, 10), Bounds())
    ['cosine_mean 0.97, expected >= 0.98']
    """
    least = [
        f"{name} {getattr(got, name)}, expected >= {getattr(bounds, name)}"
        for name in ("cosine_mean", "cosine_min")
        if not getattr(got, name) >= getattr(bounds, name)  # so that nan misses
    ]
    large = got.size_bytes > bounds.size_bytes
    return least + ([f"size_bytes {got.size_bytes}, expected <= {bounds.size_bytes}"] if large else [])
