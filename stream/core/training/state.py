"""The trainer's memory, and how it moves: a beginning at the warm-up, then one batch after the other.

Everything here is a value; what is published of it is not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from stream.core.features import Floats
from stream.core.profile import Profiles, Vectors
from stream.core.segment_model import CLIP, Scaler, distances
from stream.core.training.clustering import advance, held_out, start
from stream.core.training.description import Members, Portrait, blank, observe

HALF_LIFE_SAMPLES = 10_000  # descriptions: after so many more samples a member counts half
DISTANCES_KEPT = 512  # thresholds: newest held-out distances of each segment, and no more than its part of the next
DISTANCES_TOTAL = 16_384  # of all segments together: 64 KiB of state
TERMS_TOTAL = 24_000  # descriptions: terms of all segments together, about half a megabyte of state


@dataclass(frozen=True, slots=True)
class TrainerState:
    """All that later training depends on, as plain values.

    centroids: `(k, n_features + d) float64`, each the mean of `counts (k,) float64` samples. distances: for each
    segment the newest held-out distances of its members, float32. `n_samples` is how many were learned so far.
    """

    version: int
    encoder: str
    features: tuple[str, ...]
    scaler: Scaler
    n_samples: int
    ids: tuple[str, ...]
    next_id: int
    centroids: Floats
    counts: Floats
    distances: tuple[Vectors, ...]
    portraits: tuple[Portrait, ...]


def begin(
    scaler: Scaler, raw: Profiles, n_segments: int, seed: int, encoder: str, features: tuple[str, ...]
) -> TrainerState:
    """The state before its first samples are learned: where the centroids start, and their ids, largest first."""
    centroids = start(scaler.transform(raw).astype(np.float64), n_segments, seed)
    k = len(centroids)
    return TrainerState(
        version=0,
        encoder=encoder,
        features=features,
        scaler=scaler,
        n_samples=0,
        ids=_ids(1, k),
        next_id=k + 1,
        centroids=centroids,
        counts=np.zeros(k),
        distances=(np.empty(0, np.float32),) * k,
        portraits=(blank(len(features)),) * k,
    )


def succeed(state: TrainerState, former: TrainerState, kept: Sequence[str | None]) -> TrainerState:
    """A new generation that goes on after a former one: its version follows, `kept` says which former id each segment
    keeps, and with the id its name; the others (None) get ids that were never used."""
    fresh = iter(_ids(former.next_id, kept.count(None)))
    names = {segment: portrait.name for segment, portrait in zip(former.ids, former.portraits, strict=True)}
    return replace(
        state,
        version=former.version + state.version,
        ids=tuple(segment or next(fresh) for segment in kept),
        next_id=former.next_id + kept.count(None),
        portraits=tuple(replace(p, name=names.get(s or "", "")) for p, s in zip(state.portraits, kept, strict=True)),
    )


def nearest(state: TrainerState, raw: Profiles) -> NDArray[np.intp]:
    """(n,) the segment of each profile, as a worker with the state's model sees it."""
    seen = distances(state.scaler.transform(raw), state.centroids.astype(np.float32))
    return np.asarray(seen.argmin(axis=1))


def learn(state: TrainerState, raw: Profiles, texts: Sequence[tuple[str, ...]]) -> TrainerState:
    """Move the centroids, then look at every sample as a worker with the new model would see it."""
    u = state.scaler.transform(raw)
    centroids, counts = advance(state.centroids, state.counts, u.astype(np.float64))
    seen = distances(u, centroids.astype(np.float32))
    labels, near = seen.argmin(axis=1), seen.min(axis=1)
    z = np.clip((raw.explicit - state.scaler.explicit_mean) / state.scaler.explicit_scale, -CLIP, CLIP)
    honest = held_out(near, counts[labels])
    k, fade = len(state.ids), 0.5 ** (len(u) / HALF_LIFE_SAMPLES)
    n_distances, n_terms = min(DISTANCES_KEPT, DISTANCES_TOTAL // k), TERMS_TOTAL // k
    members = [np.flatnonzero(labels == at) for at in range(k)]
    return replace(
        state,
        version=state.version + 1,
        n_samples=state.n_samples + len(u),
        centroids=centroids,
        counts=counts,
        distances=tuple(
            np.concatenate([old, honest[rows]])[-n_distances:]
            for old, rows in zip(state.distances, members, strict=True)
        ),
        portraits=tuple(
            observe(portrait, _members(rows, near, z, texts), fade, n_terms)
            for portrait, rows in zip(state.portraits, members, strict=True)
        ),
    )


def _members(rows: NDArray[np.intp], near: Vectors, z: Floats, texts: Sequence[tuple[str, ...]]) -> Members:
    return Members(near[rows], z[rows], [texts[i] for i in rows.tolist()])


def _ids(first: int, k: int) -> tuple[str, ...]:
    return tuple(f"s-{number:04d}" for number in range(first, first + k))
