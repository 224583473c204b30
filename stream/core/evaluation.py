"""Rows to be judged together: windows as they were at each event or timer, evaluated in one sweep of numpy.

A row is a photograph: later events of the same person in the same batch do not change it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stream.core.decision.transition import Sight, shortest_dwell_ms
from stream.core.features import Feature, Windows
from stream.core.labels import NO_LABELS, LabelHeads, label_probabilities
from stream.core.policy import Policy
from stream.core.profile import Profiles, Vectors, profiles
from stream.core.segment_model import SegmentModel, distances
from stream.core.state import UserState
from stream.core.window import Columns, Item, rows_of

ROWS_MAX = 1024  # bounds the photographs' memory: about 5 MB at 32 items of 128 dimensions


@dataclass(slots=True)
class Row:
    """One look at one person. `dwell_due_ms` is set when only the end of that dwell asked for it."""

    name: str
    user: UserState
    now_ms: int
    items: list[Item]
    dwell_due_ms: int | None = None


@dataclass(slots=True)
class Evaluated:
    """The rows' profiles: raw halves, scaled vectors `u (E, n_features + d)`, the model that decides each and what it
    sees of that model's segments (both empty without one), and the probabilities of its labels' values (no rows
    without label heads)."""

    raw: Profiles
    u: Vectors
    models: Sequence[SegmentModel]
    sights: list[Sight]
    labels: list[list[float]] = field(default_factory=list)


@dataclass(slots=True)
class Slice:
    """Rows whose times are all before `horizon_ms`: no candidate set in it can end its dwell in it."""

    columns: Columns
    rows: list[Row] = field(default_factory=list)
    horizon_ms: int = 0
    memory: NDArray[np.uint8] = field(init=False)  # the columns as bytes

    def __post_init__(self) -> None:
        self.memory = rows_of(self.columns)

    def ends_before(self, now_ms: int) -> bool:
        """Whether a row at `now_ms` belongs to the next slice."""
        return bool(self.rows) and (now_ms >= self.horizon_ms or len(self.rows) == ROWS_MAX)

    def add(self, row: Row, policy: Policy) -> None:
        """Photograph the row's window."""
        if not self.rows:
            self.horizon_ms = row.now_ms + shortest_dwell_ms(policy)
        row.user.window.photograph(self.memory[len(self.rows)])
        self.rows.append(row)

    def windows(self) -> Windows:
        """All photographs; an empty window shows one stale place so that arithmetic stays finite."""
        n = np.array([len(row.items) for row in self.rows], np.int64)
        now_ms = np.array([row.now_ms for row in self.rows], np.int64)
        return Windows(self.columns[: len(self.rows)], np.maximum(n, 1), now_ms)


def evaluate(
    windows: Windows,
    features: dict[str, Feature],
    models: Sequence[SegmentModel],
    policy: Policy,
    labels: LabelHeads = NO_LABELS,
) -> Evaluated:
    """Profiles of all rows, each seen by the model of its own; without any model neither sights nor labels."""
    raw = profiles(windows, features, policy.half_life_ms)
    if not models:
        return Evaluated(raw, np.empty((len(windows.n), 0), np.float32), models, [])
    u, seen = _views(raw, models)
    predicted = label_probabilities(labels, raw.semantic).tolist() if labels.heads else []
    return Evaluated(raw, u, models, seen, predicted)


def _views(raw: Profiles, models: Sequence[SegmentModel]) -> tuple[Vectors, list[Sight]]:
    """The rows' scaled vectors and sights, each by its own of `models`, which know profiles of one width."""
    distinct = list({id(model): model for model in models}.values())
    if len(distinct) == 1:
        u = distinct[0].scaler.transform(raw)
        return u, sights(distances(u, distinct[0].centroids))
    u = np.empty((len(models), distinct[0].centroids.shape[1]), np.float32)
    seen: dict[int, Sight] = {}
    for model in distinct:
        at = [row for row, deciding in enumerate(models) if deciding is model]
        u[at] = model.scaler.transform(Profiles(raw.explicit[at], raw.semantic[at]))
        seen.update(zip(at, sights(distances(u[at], model.centroids)), strict=True))
    return u, [seen[row] for row in range(len(models))]


def sights(distance: Vectors) -> list[Sight]:
    """What each row of `(E, k)` distances sees; equal distances go to the lower index."""
    nearest = distance.argmin(axis=1)
    others = distance.copy()
    others[np.arange(len(others)), nearest] = np.inf
    runner_up = others.argmin(axis=1) if distance.shape[1] > 1 else nearest
    return [Sight(*row) for row in zip(distance.tolist(), nearest.tolist(), runner_up.tolist(), strict=True)]
