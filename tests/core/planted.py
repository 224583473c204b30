"""Samples of a population whose groups are known, and ways to look at what was made of them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream.core.output import Sample
from stream.core.segment_model import SegmentModel, distances
from stream.training.values.reservoir import sampled_profiles

FEATURES = ("recency", "amount_mean", "share_view")
N_SEMANTIC = 8
MASS = 1e6  # items: so many that nothing is shrunk
NO_CONTRAST = np.zeros(N_SEMANTIC, np.float32)  # older and newer items agree
WORDS = ("soda cola", "bread rolls", "milk yogurt", "运动鞋 跑步", "petrol diesel", "baby diapers")


@dataclass
class PlantedPopulation:
    """Groups of unequal spread at random places. `shares` are theirs; group 0 is the first."""

    shares: tuple[float, ...] = (0.4, 0.3, 0.2, 0.1)
    seed: int = 0
    spread: float = 0.05
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        k = len(self.shares)
        self.explicit = self.rng.normal(0, 3, (k, len(FEATURES)))
        self.semantic = np.linalg.qr(self.rng.normal(size=(N_SEMANTIC, N_SEMANTIC)))[0][:k]

    def draw(self, n: int) -> tuple[list[Sample], NDArray[np.intp]]:
        """n samples, and the group of each; group sizes are as near to the shares as whole numbers can be."""
        ends = np.rint(np.cumsum(self.shares) * n).astype(int)
        groups = self.rng.permutation(np.searchsorted(ends, np.arange(n), side="right"))
        return [self.user_of(int(group), f"u{at}") for at, group in enumerate(groups)], groups

    def day(self, n: int, time_ms: int = 0, name: str = "u") -> list[Sample]:
        """Return a sample of each of n users at a time; the number of a user decides the group, for ever."""
        ends = np.rint(np.cumsum(self.shares) * n).astype(int)
        return [
            self.user_of(int(np.searchsorted(ends, at, side="right")), f"{name}{at}", time_ms)
            for at in self.rng.permutation(n).tolist()
        ]

    def user_of(self, group: int, user: str, time_ms: int = 0) -> Sample:
        """Return a sample of a user of this group, without a segment."""
        wide = self.spread * (1 + group / 2)
        explicit = self.explicit[group] + self.rng.normal(0, wide, len(FEATURES))
        semantic = self.semantic[group] + self.rng.normal(0, wide, N_SEMANTIC)
        unit = (semantic / np.linalg.norm(semantic)).astype(np.float32)
        return Sample(user, time_ms, explicit, unit, MASS, NO_CONTRAST, (WORDS[group], "the shop"), "e1")


def sample(
    explicit: tuple[float, ...] = (0.0, 0.0, 0.0), texts: tuple[str, ...] = (), encoder: str = "e1", direction: int = 0
) -> Sample:
    """One sample whose semantic half is a unit vector along an axis."""
    semantic = np.eye(N_SEMANTIC, dtype=np.float32)[direction]
    return Sample("u", 0, np.array(explicit), semantic, MASS, NO_CONTRAST, texts, encoder)


def assign_samples(model: SegmentModel, samples: list[Sample]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return each sample's nearest segment, and whether the sample is unknown, as a worker sees them."""
    raw = sampled_profiles(samples)
    seen = distances(model.scaler.transform(raw), model.centroids)
    labels = seen.argmin(axis=1)
    return labels, seen.min(axis=1) > model.thresholds[labels]


def bits(value: Any) -> str:
    """Equal for two values just when all numbers in them are equal to the last bit and all dicts in the same order."""
    return repr(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return str(value.dtype), value.shape, value.tobytes().hex()
    if is_dataclass(value):
        return [_plain(getattr(value, f.name)) for f in fields(value)]
    if isinstance(value, dict):
        return [_plain(pair) for pair in value.items()]
    return [_plain(v) for v in value] if isinstance(value, tuple) else repr(value)
