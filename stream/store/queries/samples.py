"""Sampled profiles, and users who are about to move."""

from __future__ import annotations

from dataclasses import dataclass

from stream.core.arrays import Floats, Vectors
from stream.store.store import Store


@dataclass(frozen=True, slots=True)
class SampleFrame:
    """A frame of the newest profile of each sampled user, row by row, ordered by user.

    `explicit (n, n_features) float64`, `semantic (n, d) float32`, `mass (n,) float32` are raw, as
    `stream.core.profile.Profiles`. `segments` are the users' of now, "" before the first result. All rows are of the
    encoder version `encoder`, the newest one, and of one width.
    """

    users: tuple[str, ...]
    segments: tuple[str, ...]
    explicit: Floats
    semantic: Vectors
    mass: Vectors
    texts: tuple[tuple[str, ...], ...]
    time_ms: tuple[int, ...]
    encoder: str


@dataclass(frozen=True, slots=True)
class NearMove:
    """A user near a change of segment, by the newest profile and the serving model.

    `next_segment` is nearest to replace `segment`. `margin` is its lead, (distance - next_distance) / distance, below
    0 while the own segment is nearer. For `unknown` it is how far the profile is beyond the threshold, relative to it.
    `is_ahead`: the margin is met and the dwell runs, if the profile is still the same.
    """

    user: str
    segment: str
    next_segment: str
    distance: float
    next_distance: float
    margin: float
    margin_required: float
    is_ahead: bool
    time_ms: int


def samples(store: Store, segment: str | None = None, limit: int | None = None) -> SampleFrame:
    """Return the newest profiles, of one segment if given, the newest `limit` of them."""
    raise NotImplementedError


def near_moves(store: Store, limit: int, n_profiles: int = 5_000) -> list[NearMove]:
    """Return the users nearest to a change of segment, the nearest first, among the newest `n_profiles`."""
    raise NotImplementedError
