"""The bounds of an encoder folder, its measurements, and the bounds these violate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from export.errors import VerificationError

ANY_SIZE = 2**62


@dataclass(frozen=True)
class Bounds:
    """Bounds of an encoder folder; the defaults are for int8."""

    cosine_mean: float = 0.98  # at least, to the reference
    cosine_min: float = 0.90  # at least, for the worst text
    length_error_max: float = 0.2  # at most, relative, for the worst text
    size_bytes: int = 30_000_000  # at most, all files that a worker on a CPU reads


VARIANT_BOUNDS: Mapping[str, Bounds] = {
    "fp32": Bounds(cosine_mean=0.9999, cosine_min=0.999, length_error_max=0.005, size_bytes=ANY_SIZE),
    "int8": Bounds(),
    "fp16": Bounds(cosine_mean=0.999, cosine_min=0.995, length_error_max=0.02, size_bytes=ANY_SIZE),
}


@dataclass(frozen=True)
class Verification:
    """Measurements of an encoder folder against reference vectors."""

    n_texts: int
    cosine_mean: float
    cosine_min: float
    length_error_max: float
    texts_per_s: float  # distinct texts, no cache
    size_bytes: int


def violations(got: Verification, bounds: Bounds) -> list[str]:
    """Return a sentence for each bound that `got` violates; NaN violates every bound.

    >>> violations(Verification(9, 0.97, 0.95, 0.0, 100.0, 10), Bounds())
    ['cosine_mean 0.97, expected >= 0.98']
    """
    too_small = [
        f"{name} {getattr(got, name)}, expected >= {getattr(bounds, name)}"
        for name in ("cosine_mean", "cosine_min")
        if not getattr(got, name) >= getattr(bounds, name)
    ]
    too_large = [
        f"{name} {getattr(got, name)}, expected <= {getattr(bounds, name)}"
        for name in ("length_error_max", "size_bytes")
        if not getattr(got, name) <= getattr(bounds, name)
    ]
    return too_small + too_large


def raise_on_violations(name: str, found: Sequence[str]) -> None:
    """Raise VerificationError with every violation `found` in the encoder `name`; return if there is none."""
    if found:
        raise VerificationError(f"{name} is not good enough: {'; '.join(found)}")
