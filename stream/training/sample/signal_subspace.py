"""The signal subspace of the texts: the directions of the semantic half in which users differ lastingly.

A direction counts if the older and the newer half of a window agree in it, over users, on directions found from other
users. So the test is held out twice. Variance without agreement is noise of small windows, however large. The method
is that of within-class covariance normalisation in speaker recognition (Hatch and others 2006), with half windows in
place of sessions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stream.core.arrays import Floats, Vectors
from stream.core.profile import Profiles

DIRECTIONS_MAX = 32
_SURE = 3.0  # standard errors of the held-out agreement above 0
_N_FOLDS = 5
_PRIOR_MAX = 32.0  # items, a full window: a direction in which it takes more to tell users apart is dropped


@dataclass(frozen=True, slots=True)
class SignalSubspace:
    """Orthonormal directions `basis (d, m)`; m is 0 where texts do not tell users apart.

    `prior` is the number of items whose sampling noise is as large as the lasting difference of users.
    """

    basis: Floats
    prior: float


def signal_subspace(raw: Profiles, contrasts: Vectors) -> SignalSubspace:
    """Return the subspace of n profiles with contrasts `(n, d)`.

    Unit rows of longer windows lie nearer to the population's mean, whatever they say. So what the mass explains along
    that direction is left out.
    """
    mean = raw.semantic.mean(axis=0, dtype=np.float64)
    axis = mean / max(float(np.linalg.norm(mean)), 1e-9)
    older, newer = (_centred(raw.semantic + sign * contrasts, axis, raw.mass) for sign in (1, -1))
    values, vectors = _agreement(older, newer)
    noise = (np.square(contrasts @ vectors) * raw.mass[:, None]).mean(axis=0)  # of one item
    is_strong = noise < _PRIOR_MAX * values
    m = min(_n_directions(older, newer), len(values) if is_strong.all() else int(np.argmin(is_strong)))
    return SignalSubspace(vectors[:, :m], rounded(float(noise[:m].sum() / values[:m].sum())) if m else 0.0)


def rounded(value: float) -> float:
    """Return a number to six digits: the last bits of a sum depend on the number of threads.

    >>> rounded(0.12345678)
    0.123457
    """
    return float(f"{value:.6g}")


def _n_directions(older: Floats, newer: Floats) -> int:
    """Return the number of leading directions in which held-out users agree with themselves."""
    n, d = older.shape
    m = min(DIRECTIONS_MAX, d)
    fold = np.arange(n) % _N_FOLDS
    agreement = np.zeros((n, m))
    for held in range(_N_FOLDS):
        out = fold == held
        if out.all() or not out.any():
            return 0
        _, vectors = _agreement(older[~out], newer[~out])
        agreement[out] = (older[out] @ vectors[:, :m]) * (newer[out] @ vectors[:, :m])
    error = agreement.std(axis=0) / np.sqrt(n)
    is_signal = agreement.mean(axis=0) > np.maximum(_SURE * error, np.finfo(np.float32).eps)
    return int(m if is_signal.all() else np.argmin(is_signal))


def _agreement(older: Floats, newer: Floats) -> tuple[Floats, Floats]:
    """Return eigenvalues and vectors of the symmetric cross-covariance `(d, d)` of both halves, the largest first."""
    cross = older.T @ newer / len(older)
    values, vectors = np.linalg.eigh((cross + cross.T) / 2)
    largest = np.abs(vectors).argmax(axis=0)
    signs = np.sign(vectors[largest, np.arange(len(values))])  # a direction has no sign of its own
    return values[::-1], np.asarray((vectors * signs)[:, ::-1])


def _centred(rows: Vectors, axis: Floats, mass: Vectors) -> Floats:
    """Return `rows (n, d)` less their mean, and along `axis (d,)` less what `mass (n,)` explains by least squares."""
    centred = rows.astype(np.float64)
    centred -= centred.mean(axis=0)
    fewness = 1 / np.maximum(mass.astype(np.float64), 1.0)
    terms = np.stack([np.ones(len(rows)), fewness, np.sqrt(fewness)], axis=1)
    explained = terms @ np.linalg.lstsq(terms, centred @ axis, rcond=None)[0]
    return np.asarray(centred - np.outer(explained, axis))
