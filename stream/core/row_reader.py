"""Numbers and symbols of the kernel's outputs, read: profiles, assignments, shares of moves, predicted labels."""

from __future__ import annotations

import numpy as np

from stream.core.arrays import Floats, Vectors
from stream.core.assignment import Assignment
from stream.core.evidence import Shares
from stream.core.kernel.binding import copied
from stream.core.kernel.layout import NONE
from stream.core.labels import LabelHeads, Prediction, Predictions
from stream.core.output_rows import OutputRow
from stream.core.partition import PartitionState
from stream.core.segment_model import SegmentModel


class RowReader:
    """A reader of a step's rows. `models` are the deciding one and, during a ramp, the previous one."""

    def __init__(self, partition: PartitionState, models: list[SegmentModel], features: tuple[str, ...]) -> None:
        self.partition, self.models, self.features = partition, models, features

    def segment(self, number: int) -> str:
        """Return a segment by its symbol; "" for NONE."""
        return "" if number == NONE else self.partition.symbols.strings[number]

    def model(self, row: OutputRow) -> SegmentModel | None:
        """Return the model that decided."""
        return None if row.model == NONE else self.models[row.model]

    def profile(self, row: OutputRow) -> tuple[Floats, Vectors]:
        """Return `explicit (n_features,)` and `semantic (d,)`; zero for an empty window."""
        n, d = len(self.features), self.partition.dimension
        if not row.explicit:
            return np.zeros(n), np.zeros(d, np.float32)
        return copied(row.explicit, n, np.float64), copied(row.semantic, d, np.float32)

    def scaled(self, row: OutputRow) -> Vectors | None:
        """Return the profile `(n_features + d,)` in the space of the model."""
        return copied(row.scaled, len(self.features) + self.partition.dimension, np.float32) if row.scaled else None

    def assignment(self, row: OutputRow) -> Assignment | None:
        """Return the distances to the centroids, and the nearest two."""
        model = self.model(row)
        if model is None or not row.distances:
            return None
        return Assignment(copied(row.distances, len(model.ids), np.float32).tolist(), row.nearest, row.runner_up)

    def shares(self, row: OutputRow, n_items: int) -> Shares | None:
        """Return the shares of features and of `n_items` items in a move."""
        if not row.shares:
            return None
        n = len(self.features)
        return Shares(
            copied(row.shares, n, np.float64),
            row.semantic_share,
            copied(row.item_shares, n_items, np.float64),
            copied(row.move, n, np.float32),
        )

    def predictions(self, row: OutputRow, labels: LabelHeads) -> Predictions:
        """Return the predicted labels."""
        if not row.predicted:
            return {}
        n, string = len(labels.heads), self.partition.symbols.string
        values = copied(row.predicted, n, np.int32).tolist()
        chances = copied(row.probabilities, n, np.float64).tolist()
        rows = zip(labels.heads, values, chances, strict=True)
        return {head.name: Prediction(string(value), chance) for head, value, chance in rows}
