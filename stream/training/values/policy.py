"""What the operator decided about training, checked once, before anything connects."""

from __future__ import annotations

from dataclasses import dataclass

from stream.core.policy import DAY_MS, check

CRITERIA = ("elbow", "silhouette", "davies-bouldin")
SEGMENTATIONS = ("kmeans", "dbscan")
_SHARES = ("unknown_rate", "rare_share", "churn_budget", "warn_unknown")
_TIMES = ("learning_half_life_ms", "review_ms", "reservoir_ms")


@dataclass(frozen=True, slots=True)
class TrainingPolicy:
    """Rules of training. Times in milliseconds of the samples' own time.

    `unknown_rate` is the share of profiles like the sampled ones that may be called unknown; `churn_budget` the share
    of people that a new model may move by itself. Raises PolicyError on construction when a value is out of bounds.
    """

    n_segments: int = 0
    n_segments_max: int = 24
    k_criterion: str = "elbow"
    segmentation: str = "kmeans"
    warm_up_samples: int = 1000
    batch_samples: int = 500
    seed: int = 0
    unknown_rate: float = 0.01
    learning_half_life_ms: int = 5 * DAY_MS
    review_ms: int = DAY_MS
    reservoir_users: int = 4000
    reservoir_ms: int = 14 * DAY_MS
    adapt: bool = True
    segment_users_min: int = 10
    rare_share: float = 0.01
    shadow_ms: int = 2 * DAY_MS
    retire_after_ms: int = 7 * DAY_MS
    churn_budget: float = 0.1
    ramp_ms: int = 0
    member_ids: bool = False
    warn_unknown: float = 0.05
    warn_flips: float = 0.1
    warn_psi: float = 0.25
    warn_drift: float = 0.5

    def __post_init__(self) -> None:
        check("n_segments", 0 <= self.n_segments <= 256, "0 (chosen at the warm-up) to 256", self.n_segments)
        check("n_segments_max", 2 <= self.n_segments_max <= 256, "2 to 256", self.n_segments_max)
        check("k_criterion", self.k_criterion in CRITERIA, f"one of {', '.join(CRITERIA)}", self.k_criterion)
        check(
            "segmentation", self.segmentation in SEGMENTATIONS, f"one of {', '.join(SEGMENTATIONS)}", self.segmentation
        )
        enough = self.warm_up_samples >= max(self.n_segments, 1)
        check("warm_up_samples", enough, f"at least n_segments ({self.n_segments}) and 1", self.warm_up_samples)
        for name in ("batch_samples", "segment_users_min"):
            check(name, getattr(self, name) >= 1, ">= 1", getattr(self, name))
        check("seed", 0 <= self.seed < 1 << 32, "0 to 2^32 - 1", self.seed)
        for name in _SHARES:
            check(name, 0.0 <= getattr(self, name) <= 1.0, "0 to 1", getattr(self, name))
        for name in _TIMES:
            check(name, getattr(self, name) > 0, "> 0", getattr(self, name))
        for name in ("shadow_ms", "retire_after_ms", "ramp_ms", "warn_flips", "warn_psi", "warn_drift"):
            check(name, getattr(self, name) >= 0, ">= 0", getattr(self, name))
        check("reservoir_users", 100 <= self.reservoir_users <= 20_000, "100 to 20,000", self.reservoir_users)
