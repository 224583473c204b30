"""What the trainer remembers, as values: how the segments stand, whom it knows, and the models it made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from stream.core.arrays import Floats
from stream.core.segment_model import Scaler, SegmentModel
from stream.training.values.health import Baseline, Health, Reference
from stream.training.values.promotion import Cause
from stream.training.values.reservoir import Reservoir
from stream.training.values.structure_change import StructureChange


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that waits to serve: since when all that it says has held, why it was made, and whether it is held.

    `first_id` is the number of its first new id; `kept` are the segments that it leaves as they are, `born` those of
    its own that were proposed as born. `over_budget`: it would move too many, and serves by a hand only.
    """

    version: int
    since_ms: int
    cause: Cause
    changes: tuple[StructureChange, ...]
    first_id: int
    kept: tuple[str, ...]
    born: tuple[str, ...] = ()
    held: bool = False
    over_budget: bool = False


@dataclass(frozen=True, slots=True)
class TrainerState:
    """All that later training depends on besides the pool and the models.

    centroids: `(k, n_features + d) float64`, each the mean of `counts (k,)` samples after the decay to `at_ms`;
    squares: the sum of the squares of their weights, for the effective size. thresholds: `(k,)`. `cuts` are those of
    the pool. `former` are the versions that served before `serving`, the newest last. `thin` says since when a segment
    has fewer people than the floor, `proposed` since when each reason for other segments was found at every review,
    `names` the names given by hand, `called` those last published. `flips` among `user_days` since the last review,
    of which `health` is. `by_hand`: nothing is promoted by itself since a rollback. Until `passing_until_ms` people
    pass to the model that serves. `done` are the last commands.
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
    inclusion_thresholds: dict[str, float] = field(default_factory=dict)
    version: int = 0
    watermark_ms: int = 0
    reviewed_ms: int = 0
    flips: int = 0
    user_days: float = 0.0
    separated_pairs: tuple[tuple[str, str], ...] = ()
    underpopulated_since_ms: dict[str, int] = field(default_factory=dict)
    proposed: dict[StructureChange, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    published_names: dict[str, str] = field(default_factory=dict)
    health: Health | None = None
    serving: int = 0
    former: tuple[int, ...] = ()
    candidate: Candidate | None = None
    auto_promotion_paused: bool = False
    passing_until_ms: int = 0
    handled_commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Memory:
    """The whole memory of a trainer. `state` None: still warming up. `homes` says under which segment a person of the
    pool is counted when segments change."""

    state: TrainerState | None = None
    reservoir: Reservoir = field(default_factory=dict)
    home_segments: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[int, SegmentModel] = field(default_factory=dict)


def watched(memory: Memory) -> Floats:
    """(b, dims) the groups that the candidate proposes as born, in its order."""
    state = memory.state
    if state is None or state.candidate is None:
        return np.empty((0, 0))
    model = memory.models[state.candidate.version]
    rows = [model.ids.index(segment) for segment in state.candidate.born]
    return model.centroids[rows].astype(np.float64)


def baseline_of(state: TrainerState, at: int) -> Baseline:
    """Where the segment in row `at` was when people began to rely on it: where it is, while nothing else is known."""
    known = state.reference.baselines.get(state.ids[at])
    return known or Baseline(state.centroids[at].astype(np.float32), float(state.thresholds[at]))


def ids_from(first: int, n: int) -> tuple[str, ...]:
    """n ids that were never used, if `first` is the next."""
    return tuple(f"s-{number:04d}" for number in range(first, first + n))


def effective_sizes(state: TrainerState) -> Floats:
    """(k,) how many samples each centroid is worth: (sum of weights)^2 / sum of squares (Kish 1965)."""
    return np.asarray(np.square(state.counts) / np.maximum(state.squares, 1e-12))
