"""Silhouettes of users: is everyone nearer to the own segment than to the next? (Rousseeuw, 1987)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import silhouette_samples

from stream.core.arrays import Floats, Vectors
from stream.report.values import SilhouetteFigure

N_BINS = 10


def silhouettes(profiles: Vectors, segments: Sequence[str], known: Sequence[str]) -> Floats:
    """Return the silhouettes (n,) of `profiles (n, dims)`, NaN for users outside the `known` segments.

    A silhouette is made of means over segments. A sample stratified by segment therefore does not bias it. All are NaN
    where fewer than two segments have users; a user alone in a segment has 0.
    """
    of = np.array(segments, dtype=object)
    rows = np.flatnonzero(np.isin(of, list(known)))
    found = np.full(len(of), np.nan)
    n_groups = len(set(of[rows].tolist()))
    if 2 <= n_groups < len(rows):
        found[rows] = silhouette_samples(profiles[rows], of[rows].astype(str))
    return found


def summary(values: Floats) -> SilhouetteFigure | None:
    """Return the figure of members' silhouettes; None without any."""
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    bins, _ = np.histogram(known, bins=N_BINS, range=(-1.0, 1.0))
    return SilhouetteFigure(float(known.mean()), float((known < 0).mean()), len(known), tuple(bins.tolist()))
