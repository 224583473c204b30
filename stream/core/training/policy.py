"""What the operator decided about training, checked once, before anything connects."""

from __future__ import annotations

from dataclasses import dataclass

from stream.core.policy import check


@dataclass(frozen=True, slots=True)
class TrainingPolicy:
    """Rules of training. `unknown_rate` is the share of profiles like the sampled ones that may be called unknown.

    Raises PolicyError on construction when a value is out of bounds.
    """

    n_segments: int = 12
    warm_up_samples: int = 1000
    batch_samples: int = 1000
    seed: int = 0
    unknown_rate: float = 0.01

    def __post_init__(self) -> None:
        check("n_segments", 1 <= self.n_segments <= 256, "1 to 256", self.n_segments)
        enough = self.warm_up_samples >= self.n_segments
        check("warm_up_samples", enough, f"at least n_segments ({self.n_segments})", self.warm_up_samples)
        check("batch_samples", self.batch_samples >= 1, ">= 1", self.batch_samples)
        check("seed", 0 <= self.seed < 1 << 32, "0 to 2^32 - 1", self.seed)
        check("unknown_rate", 0.0 <= self.unknown_rate < 1.0, "0 to below 1", self.unknown_rate)
