"""Training: from a state and a batch of sampled profiles to the next segment model.

The first batch (warm-up) fixes the scaler, the number of segments and their ids; every later one moves the centroids.
A centroid keeps its place and its id, so an id keeps its meaning. A warm-up that replaces a state of another encoder
is a new generation: a segment that holds the people of a former one keeps its id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.preprocessing import StandardScaler

from stream.core.output import Sample
from stream.core.profile import Profiles
from stream.core.segment_model import Scaler, SegmentModel
from stream.core.training.clustering import thresholds
from stream.core.training.description import describe
from stream.core.training.lineage import Lineage, matched, turnover
from stream.core.training.policy import TrainingPolicy
from stream.core.training.state import TrainerState, begin, learn, nearest, succeed

_ROUNDING = 1e-6  # of the components of a unit vector in float32


@dataclass(frozen=True, slots=True)
class Trained:
    """One training step's result. `n_skipped` samples were of another encoder, misshapen or not finite."""

    state: TrainerState
    segment_model: SegmentModel
    lineage: tuple[Lineage, ...]
    n_skipped: int


def needed(state: TrainerState | None, policy: TrainingPolicy) -> int:
    """How many samples the next training step takes."""
    return policy.warm_up_samples if state is None else policy.batch_samples


def train(
    state: TrainerState | None,
    samples: Sequence[Sample],
    policy: TrainingPolicy,
    semantic_weight: float,
    features: tuple[str, ...],
    former: TrainerState | None = None,
) -> Trained | None:
    """Learn `samples`, of which there must be as many as `needed`; the same arguments give the same bits.

    None when not one sample can be used: the state stays. Before the warm-up the newest sample says which encoder
    counts. `semantic_weight` and the number of segments are read at the warm-up only, and hold from then on. `former`
    is a state of another encoder or other features that a warm-up replaces: versions and ids go on after its own, and
    where a segment holds the same people its id stays.
    """
    _check_call(state, samples, policy, features)
    encoder = state.encoder if state else samples[-1].encoder
    n_semantic = len(state.scaler.semantic_mean if state else samples[-1].semantic)
    usable = [s for s in samples if s.encoder == encoder and _sound(s, len(features), n_semantic)]
    if not usable:
        return None
    raw = Profiles(np.stack([s.explicit for s in usable]), np.stack([s.semantic for s in usable]))
    before = state or begin(fit_scaler(raw, semantic_weight), raw, policy.n_segments, policy.seed, encoder, features)
    learned = learn(before, raw, [s.texts for s in usable])
    if state is None and former is not None:
        learned = succeed(learned, former, _kept(learned, former, usable, raw))
    trained = _publish(learned, policy.unknown_rate, len(samples) - len(usable))
    if state is not None:
        return trained
    return replace(trained, lineage=turnover(former.ids if former else (), trained.segment_model))


def fit_scaler(raw: Profiles, semantic_weight: float) -> Scaler:
    """The scaler of a sample; what does not vary in it is left as it is (scale 1)."""
    explicit = StandardScaler().fit(raw.explicit)
    mean = raw.semantic.mean(axis=0, dtype=np.float64).astype(np.float32)
    spread = float(np.sqrt(np.square(raw.semantic - mean, dtype=np.float64).sum(axis=1).mean()))
    return Scaler(explicit.mean_, explicit.scale_, mean, spread if spread > _ROUNDING else 1.0, semantic_weight)


def _publish(learned: TrainerState, unknown_rate: float, n_skipped: int) -> Trained:
    """The segment model that says what the state has learned; the state remembers the names it was given."""
    descriptions = describe(learned.portraits, learned.ids, learned.features)
    named = (replace(p, name=d.name) for p, d in zip(learned.portraits, descriptions, strict=True))
    model = SegmentModel(
        version=learned.version,
        encoder=learned.encoder,
        features=learned.features,
        scaler=learned.scaler,
        ids=learned.ids,
        centroids=learned.centroids.astype(np.float32),
        thresholds=thresholds(learned.distances, unknown_rate),
        descriptions=descriptions,
    )
    return Trained(replace(learned, portraits=tuple(named)), model, (), n_skipped)


def _kept(
    learned: TrainerState, former: TrainerState, samples: Sequence[Sample], raw: Profiles
) -> tuple[str | None, ...]:
    """The former id that each new segment keeps; everyone counts once, by their newest sample."""
    newest = list({sample.user: at for at, sample in enumerate(samples)}.values())
    before = [samples[at].segment for at in newest]
    return matched(former.ids, before, nearest(learned, raw)[newest], len(learned.ids))


def _sound(sample: Sample, n_features: int, n_semantic: int) -> bool:
    """Whether arithmetic on the sample is safe: one NaN would be in every later centroid."""
    shapes = sample.explicit.shape == (n_features,) and sample.semantic.shape == (n_semantic,)
    return shapes and bool(np.isfinite(sample.explicit).all() and np.isfinite(sample.semantic).all())


def _check_call(
    state: TrainerState | None, samples: Sequence[Sample], policy: TrainingPolicy, features: tuple[str, ...]
) -> None:
    if len(samples) != needed(state, policy):
        raise ValueError(f"a training step takes {needed(state, policy)} samples, got {len(samples)}")
    if state and state.features != features:
        raise ValueError(f"the trainer's state has the features {state.features}, this trainer has {features}")
