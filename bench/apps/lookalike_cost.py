"""Cost of a look-alike search by the number of users, and an index of usearch beside the exact ranking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import process_time

import numpy as np

from bench.harness.part import Part
from stream.core.arrays import Ints
from stream.lookalike.pool import Pool
from stream.lookalike.search import look_alike
from stream.lookalike.space import space_of

N_FEATURES, DIMENSION, N_GROUPS = 13, 128, 50
N_SEEDS, N_FOUND = 1_000, 1_000
_CHUNK = 16_384


@dataclass(frozen=True)
class Sizes:
    """Users of each row, and the most of them that an index is built of."""

    n_users: tuple[int, ...]
    n_indexed_most: int


@dataclass(frozen=True)
class Row:
    """CPU seconds of an exact search from a pool in memory; of an index: build, query, MB, and share found of it."""

    users: int
    exact_s: float
    index_build_s: float | None
    index_query_s: float | None
    index_mb: float | None
    index_recall: float | None


def measure(sizes: Sizes) -> Sequence[Row]:
    """Return a row for each number of users."""
    return [_row(n, n <= sizes.n_indexed_most) for n in sizes.n_users]


def planted_pool(n: int) -> tuple[Pool, Ints]:
    """Return a pool of `n` users in groups of alike texts, and the group of each."""
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 1, (N_GROUPS, DIMENSION)).astype(np.float32)
    groups = rng.integers(0, N_GROUPS, n)
    semantic = np.empty((n, DIMENSION), np.int8)
    for start in range(0, n, _CHUNK):
        rows = centres[groups[start : start + _CHUNK]]
        rows = rows + rng.normal(0, 1, rows.shape).astype(np.float32)
        semantic[start : start + _CHUNK] = np.rint(rows / np.abs(rows).max(axis=1, keepdims=True) * 127)
    users = tuple(f"u-{at:07}" for at in range(n))
    explicit = rng.normal(0, 1, (n, N_FEATURES)).astype(np.float32)
    scales = (1 / np.sqrt(np.square(semantic.astype(np.float32)).sum(axis=1))).astype(np.float32)
    features = tuple(f"f{at}" for at in range(N_FEATURES))
    mass = np.full(n, 20, np.float32)
    return Pool(users, ("s-0001",) * n, features, explicit, semantic, scales, mass, np.zeros(n, np.int64)), groups


def _row(n: int, is_indexed: bool) -> Row:
    pool, groups = planted_pool(n)
    seeds = [pool.users[at] for at in np.flatnonzero(groups == 0)[:N_SEEDS]]
    started = process_time()
    look_alike(pool, seeds, N_FOUND)
    exact_s = process_time() - started
    return Row(n, exact_s, *(_index(pool, groups == 0) if is_indexed else (None,) * 4))


def _index(pool: Pool, is_seed: np.typing.NDArray[np.bool_]) -> tuple[float, float, float, float]:
    """Return seconds to build an index and to ask it, its size in MB, and its share of the truly largest products."""
    from usearch.index import Index

    rows = space_of(pool).transform(pool.rows(slice(None)))
    asked = rows[is_seed].mean(axis=0) - rows[~is_seed].mean(axis=0)  # as the weights of a regression, a direction
    started = process_time()
    index = Index(ndim=rows.shape[1], metric="ip")
    index.add(np.arange(len(rows)), rows, threads=1)
    built = process_time()
    found = index.search(asked, N_FOUND, threads=1)
    answered = process_time()
    exact = np.argsort(-(rows @ asked), kind="stable")[:N_FOUND]
    recall = len(set(exact.tolist()) & {int(key) for key in found.keys}) / N_FOUND
    return built - started, answered - built, index.memory_usage / 1e6, recall


PART = Part(
    title="Cost of a look-alike search",
    aim="reported",
    full=Sizes((50_000, 1_000_000), n_indexed_most=50_000),
    quick=Sizes((2_000,), n_indexed_most=2_000),
    measure=measure,
)
