"""The choice of landmarks: users at random, stratified by segment, so that no small segment is lost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stream.core.arrays import Ints

N_OF_SEGMENT = 50  # users of each segment are landmarks, or all of a smaller one; the rest by size


def choose(segments: Sequence[str], n_landmarks: int, seed: int) -> Ints:
    """Return the rows of at most `n_landmarks` users, ascending, given the segment of each user.

    The same segments in the same order give the same rows.
    """
    if len(segments) <= n_landmarks:
        return np.arange(len(segments))
    _, strata, sizes = np.unique(np.asarray(segments), return_inverse=True, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(segments))
    order = order[np.argsort(strata[order], kind="stable")]  # by segment, at random within each
    firsts = np.cumsum(sizes) - sizes
    of_each = allot(sizes, n_landmarks)
    return np.sort(np.concatenate([order[at : at + n] for at, n in zip(firsts, of_each, strict=True)]))


def allot(sizes: Ints, n: int) -> Ints:
    """Return how many of each stratum are taken: N_OF_SEGMENT of each where there are so many, the rest by size.

    >>> allot(np.array([3, 200, 800]), 300).tolist()
    [3, 83, 214]
    """
    least = np.minimum(sizes, min(N_OF_SEGMENT, n // len(sizes)))
    rest = sizes - least
    share = rest * ((n - least.sum()) / max(rest.sum(), 1))
    allotted = least + np.floor(share).astype(np.int64)
    largest = np.argsort(np.floor(share) - share, kind="stable")  # largest remainders first
    allotted[largest[: n - allotted.sum()]] += 1
    return np.asarray(allotted, np.int64)
