"""One window evaluated by itself: for explanations and what-ifs, by the same compiled code as in a step."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import Structure, byref, c_double, c_float, c_int32, c_void_p
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats, Vectors
from stream.core.assignment import Assignment
from stream.core.deciding import CompiledModel, CompiledRules, feature_names, kind_codes
from stream.core.evidence import Shares
from stream.core.kernel.binding import address, kernel
from stream.core.kernel.layout import NONE, PADDED, ItemBlock
from stream.core.policy import Policy
from stream.core.segment_model import SegmentModel
from stream.core.state import StoredItem


class _Numbers(Structure):
    """Numbers of one evaluation, as `Numbers` in kernel.h."""

    _fields_ = (
        *((name, c_int32) for name in ("n_features", "dimension", "width", "nearest", "runner_up")),
        ("mass", c_double),
        ("semantic_share", c_double),
        *((name, c_void_p) for name in ("explicit", "shares", "item_shares", "chances", "sines", "cosines")),
        ("length", c_float),
        *((name, c_void_p) for name in ("weights", "semantic", "scaled", "distances", "move", "contrast", "sums")),
        *((name, c_void_p) for name in ("scales", "scores", "vectors", "codes", "values")),
    )


@dataclass(frozen=True, slots=True)
class WindowProfile:
    """A window's profile at one time: `explicit (n_features,)`, `semantic (d,)`, mass, and the items' `weights (n,)`.

    `scaled (n_features + d,)`, the assignment and the shares in a move are None without a model.
    """

    explicit: Floats
    semantic: Vectors
    mass: float
    weights: Vectors
    scaled: Vectors | None
    assignment: Assignment | None
    shares: Shares | None


def profile_window(
    items: Sequence[StoredItem],
    now_ms: int,
    policy: Policy,
    dimension: int,
    model: SegmentModel | None = None,
    move: tuple[str, str] = ("", ""),
) -> WindowProfile:
    """Return the profile of a window with at least one item, in order; `move` is from and to which segments.

    A segment outside of the model stands for its centre, as the start of a move, and for the profile, as its end.
    """
    n, n_features, k = len(items), len(feature_names(policy)), len(model.ids) if model else 0
    vectors = _vectors(items, dimension)
    arrays = _room(n, n_features, vectors.shape[1], k)
    arrays["scales"][:n] = [item.scale for item in items]
    arrays["codes"][:n] = kind_codes(policy, [item.kind for item in items])
    blocks = (ItemBlock * n)(*(ItemBlock(time_ms=item.time_ms, amount=item.amount) for item in items))
    found = _Numbers(n_features, dimension, vectors.shape[1])
    for name, array in arrays.items():
        setattr(found, name, address(array))
    rules = CompiledRules(replace(policy, pin=(), overrides=()), dimension, None)
    compiled = CompiledModel(model, list(range(k)), dimension) if model else None
    from_row, to_row = (model.ids.index(each) if model and each in model.ids else NONE for each in move)
    kernel().segue_profile(
        byref(rules.block), byref(compiled.block) if compiled else None, now_ms, blocks, n, address(vectors),
        from_row, to_row, byref(found),
    )  # fmt: skip
    return _profile(found, arrays, n, k)


def _vectors(items: Sequence[StoredItem], dimension: int) -> NDArray[np.int8]:
    """Return the items' vectors, padded."""
    vectors = np.zeros((len(items), -(-dimension // PADDED) * PADDED), np.int8)
    for row, item in enumerate(items):
        vectors[row, :dimension] = np.frombuffer(item.vector, np.int8)
    return vectors


def _profile(found: _Numbers, arrays: dict[str, NDArray[Any]], n: int, k: int) -> WindowProfile:
    """Return what the kernel found for `n` items and `k` segments; 0: no model."""
    n_features, dimension = found.n_features, found.dimension
    raw = arrays["explicit"], arrays["semantic"][:dimension], float(found.mass), arrays["weights"][:n]
    if k == 0:
        return WindowProfile(*raw, None, None, None)
    assignment = Assignment(arrays["distances"][:k].tolist(), found.nearest, found.runner_up)
    shares = Shares(
        arrays["shares"], float(found.semantic_share), arrays["item_shares"][:n], arrays["move"][:n_features]
    )
    return WindowProfile(*raw, arrays["scaled"][: n_features + dimension], assignment, shares)


def _room(n: int, n_features: int, width: int, k: int) -> dict[str, NDArray[Any]]:
    """Return arrays for the results."""
    floats = {"weights": n + 1, "semantic": width, "scaled": n_features + width, "distances": k + 8, "scales": n + 1}
    floats |= {"move": n_features + width, "contrast": width, "sums": width, "scores": 1}
    doubles = {
        "explicit": n_features,
        "shares": n_features,
        "item_shares": n + 1,
        "chances": 1,
        "sines": n + 1,
        "cosines": n + 1,
    }
    room: dict[str, NDArray[Any]] = {name: np.zeros(size, np.float32) for name, size in floats.items()}
    room |= {name: np.zeros(size, np.float64) for name, size in doubles.items()}
    return room | {
        "codes": np.zeros(n + 1, np.uint8),
        "vectors": np.zeros(n + 1, np.uint64),
        "values": np.zeros(1, np.int32),
    }
