"""Policy of the training: the settings of the trainer, checked once, before anything connects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from stream.core.policy import DAY_MS
from stream.core.setting import check_settings, require, setting

Criterion = Literal["elbow", "silhouette", "davies-bouldin"]
ClustererName = Literal["kmeans", "hdbscan", "gaussian-mixture"]


@dataclass(frozen=True, slots=True)
class TrainingPolicy:
    """Rules of training. Times in milliseconds of the samples' own time.

    `unknown_rate` is the share of ordinary profiles that may be called unknown; `churn_budget` the share of users
    that a new model may move by itself. Raises SettingError on construction when a value is out of bounds.
    """

    n_segments: int = setting(
        0, "Number of segments of a fit (k); 0: as many as the criterion finds, or gaps part.", ge=0, le=256
    )
    n_segments_max: int = setting(
        24, "Most segments that a fit looks for, and that splits and births may lead to.", ge=2, le=256
    )
    k_criterion: Criterion = setting(
        "elbow", "Criterion that chooses k, unless gaps between users part as many groups as well."
    )
    clusterer: ClustererName = setting(
        "kmeans", "Algorithm that finds the segments of a fit: k-means, dense clusters, or a mixture of Gaussians."
    )
    warm_up_samples: int = setting(1000, "Samples before the first segment model.", ge=1)
    batch_samples: int = setting(500, "Samples of each later training step.", ge=1)
    seed: int = setting(0, "Seed of the fits.", ge=0, le=(1 << 32) - 1)
    unknown_rate: float = setting(0.01, "Share of ordinary profiles that may be called unknown, 0 to 1.", ge=0, le=1)
    learning_half_life_ms: int = setting(5 * DAY_MS, "Half-life of a sample's weight in its centroid, ms.", gt=0)
    review_ms: int = setting(DAY_MS, "Time between two reviews of the segments, ms.", gt=0)
    reservoir_users: int = setting(
        4000,
        "Most users in the trainer's sample (reservoir); the largest segments lose users first.",
        ge=100,
        le=20_000,
    )
    reservoir_ms: int = setting(
        14 * DAY_MS, "Time that a user who is not seen again stays in the trainer's sample, ms.", gt=0
    )
    adapt: bool = setting(True, "Let segments split, merge, be born and be retired by themselves.")
    segment_users_min: int = setting(10, "Fewest users of a new segment.", ge=1)
    rare_share: float = setting(0.01, "Share of users below which a segment is called rare, 0 to 1.", ge=0, le=1)
    shadow_ms: int = setting(
        2 * DAY_MS, "Time that a model with other segments runs in shadow before it may serve, ms.", ge=0
    )
    retire_after_ms: int = setting(7 * DAY_MS, "Time after which a segment that lost its users is retired, ms.", ge=0)
    churn_budget: float = setting(
        0.1, "Share of users that a new model may take out of their segments by itself, 0 to 1.", ge=0, le=1
    )
    ramp_ms: int = setting(0, "Time over which users switch to a new model, ms; 0: at once.", ge=0)
    member_ids: bool = setting(False, "Name a segment's typical members by user id instead of by hash.")
    warn_unknown: float = setting(0.05, "Share of unknown users that is a warning, 0 to 1.", ge=0, le=1)
    warn_flips: float = setting(0.1, "Changes of segment per user and day that are a warning.", ge=0)
    warn_psi: float = setting(0.25, "Population stability index that is a warning.", ge=0)
    warn_drift: float = setting(0.5, "Drift of a centroid, in parts of its threshold, that is a warning.", ge=0)

    def __post_init__(self) -> None:
        check_settings(self)
        enough = self.warm_up_samples >= self.n_segments
        require(enough, "warm_up_samples", f"at least n_segments ({self.n_segments})", self.warm_up_samples)
