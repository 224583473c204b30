"""State of the trainer: the learned segments, the sampled users, the models built, and the rollout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from stream.core.arrays import Floats
from stream.core.scaler import Scaler
from stream.core.segment_model import SegmentModel
from stream.training.values.candidate import RolloutState
from stream.training.values.health import Baseline, Health, Reference
from stream.training.values.reservoir import Reservoir

MODELS_KEPT = 20  # besides those that serve, wait, or served last
_PREVIOUS_KEPT = 3


class Extent(NamedTuple):
    """Size of a generation: the number of sampled users it was fitted on, and their median mass; the largest so far."""

    n_users: int = 0
    mass: float = 0.0

    def grown_to(self, other: Extent) -> Extent:
        """Return the larger number and the larger mass of both."""
        return Extent(max(self.n_users, other.n_users), max(self.mass, other.mass))


NO_EXTENT = Extent()


@dataclass(frozen=True, slots=True)
class SegmentsState:
    """Segments as learned by training.

    centroids: `(k, n_features + d) float64`, each the mean of `counts (k,)` samples, decayed to `watermark_ms`.
    squares: sums of squared sample weights, for the effective sample size. thresholds: `(k,)`. `next_id` is the number
    of the next segment id. `reference` is the distribution for comparison in health reports, `extent` that of the
    users whom the generation was fitted on. `separated_pairs` are
    pairs of segments once certain to be two clusters. `underpopulated_since_ms` is the time since when a segment has
    too few users. `names` are set by operators, `published_names` come from the serving model.
    """

    encoder: str
    features: tuple[str, ...]
    scaler: Scaler
    ids: tuple[str, ...]
    next_id: int
    centroids: Floats
    counts: Floats
    squares: Floats
    thresholds: Floats
    reference: Reference
    extent: Extent = NO_EXTENT
    watermark_ms: int = 0
    separated_pairs: tuple[tuple[str, str], ...] = ()
    underpopulated_since_ms: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    published_names: Mapping[str, str] = field(default_factory=dict)

    def fits(self, encoder: str, features: tuple[str, ...]) -> bool:
        """Return True if samples of the encoder version with the explicit features can be learned."""
        return (self.encoder, self.features) == (encoder, features)


@dataclass(frozen=True, slots=True)
class SampledUsers:
    """A sample of the users: the reservoir, inclusion thresholds by stratum, and home segments by user.

    A user counts under the home segment when segments change.
    """

    reservoir: Reservoir = field(default_factory=dict)
    inclusion_thresholds: Mapping[str, float] = field(default_factory=dict)
    home_segments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelRegistry:
    """A registry of segment models by version. `newest` is the last version given; `serving` 0: none serves.

    `previous` are the versions served before, the newest last.
    """

    models: Mapping[int, SegmentModel] = field(default_factory=dict)
    newest: int = 0
    serving: int = 0
    previous: tuple[int, ...] = ()

    @property
    def serving_model(self) -> SegmentModel | None:
        """The serving model; None before the first."""
        return self.models.get(self.serving)

    def with_model(self, model: SegmentModel) -> ModelRegistry:
        """Return the registry with the model under the next version."""
        version = self.newest + 1
        return replace(self, newest=version, models={**self.models, version: replace(model, version=version)})

    def with_serving(self, version: int, previous: tuple[int, ...], waiting: int | None) -> ModelRegistry:
        """Return the registry with this version serving, without old models but for the one `waiting`."""
        previous = previous[-MODELS_KEPT:]
        needed = {version, waiting, *previous[-_PREVIOUS_KEPT:]}
        gone = {old for old in sorted(self.models)[:-MODELS_KEPT] if old not in needed}
        models = {old: model for old, model in self.models.items() if old not in gone}
        return replace(self, models=models, serving=version, previous=previous)


@dataclass(frozen=True, slots=True)
class TrainerState:
    """State of a trainer after the warm-up; later training depends on nothing else.

    `flips` were counted among `user_days` since the last review, at `reviewed_ms`, with the report `health`.
    `handled_commands` are the ids of the last commands.
    """

    segments: SegmentsState
    users: SampledUsers
    registry: ModelRegistry
    rollout: RolloutState = field(default_factory=RolloutState)
    reviewed_ms: int = 0
    flips: int = 0
    user_days: float = 0.0
    health: Health | None = None
    handled_commands: tuple[str, ...] = ()

    @property
    def watermark_ms(self) -> int:
        """The trainer's event time, ms."""
        return self.segments.watermark_ms

    @property
    def serving_model(self) -> SegmentModel:
        """The serving model; there is one after the warm-up."""
        return self.registry.models[self.registry.serving]

    @property
    def watched(self) -> Floats:
        """The centroids `(b, dims)` of the clusters proposed by the candidate as born, in the same order."""
        candidate = self.rollout.candidate
        if candidate is None:
            return np.empty((0, 0))
        model = self.registry.models[candidate.version]
        rows = [model.ids.index(segment) for segment in candidate.born]
        return model.centroids[rows].astype(np.float64)


def baseline_of(segments: SegmentsState, at: int) -> Baseline:
    """Return the baseline of the segment in row `at`; without one, its centroid and threshold of now."""
    known = segments.reference.baselines.get(segments.ids[at])
    return known or Baseline(segments.centroids[at].astype(np.float32), float(segments.thresholds[at]))


def ids_from(first: int, n: int) -> tuple[str, ...]:
    """Return n segment ids, `first` being the number of the first."""
    return tuple(f"s-{number:04d}" for number in range(first, first + n))


def effective_sizes(segments: SegmentsState) -> Floats:
    """Return Kish's effective sample sizes (k,): squared sum of weights by sum of squared weights (Kish 1965)."""
    return np.asarray(np.square(segments.counts) / np.maximum(segments.squares, 1e-12))
