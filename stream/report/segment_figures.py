"""The figures of each segment: its size over time, features, silhouette, flows, lineage and cohesion."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stream.core.features import GENERAL, Feature, share_of
from stream.core.reserved import PENDING
from stream.core.segment_model import SegmentModel
from stream.report.reviews import Reviews
from stream.report.silhouettes import summary
from stream.report.values import FeatureBar, MappedUsers, SegmentFigures
from stream.store.queries.flows import Flow, flows
from stream.store.queries.samples import SampleFrame
from stream.store.queries.segments import SegmentRow, size_history
from stream.store.store import Store
from stream.wire.lineage import SegmentLineage

N_FLOWS = 8
N_FEATURES = 8
N_EVENTS = 10
N_SIZES = 60


def segment_figures(
    store: Store,
    row: SegmentRow,
    period: tuple[int, int],
    bars: Sequence[FeatureBar],
    mapped: MappedUsers,
    reviews: Reviews,
    lineage: Sequence[SegmentLineage],
) -> SegmentFigures:
    """Return the figures of one segment in a `period` from one time to another, ms."""
    mine = np.array([segment == row.id for segment in mapped.segments], bool)
    return SegmentFigures(
        row=row,
        sizes=tuple(size_history(store, row.id, *period, N_SIZES)),
        features=tuple(bars),
        silhouette=summary(mapped.silhouettes[mine]),
        flows_in=between(flows(store, *period, to_id=row.id))[:N_FLOWS],
        flows_out=between(flows(store, *period, from_id=row.id))[:N_FLOWS],
        lineage=tuple(each for each in lineage if concerns(each, row.id))[:N_EVENTS],
        cohesion=reviews.cohesion.get(row.id, ()),
    )


def between(found: Sequence[Flow]) -> tuple[Flow, ...]:
    """Return the flows between two results: a first result is no move."""
    return tuple(flow for flow in found if flow.from_id != PENDING)


def concerns(event: SegmentLineage, segment: str) -> bool:
    """Return True if a segment, or one of its relatives, is the segment of an event."""
    return segment in (event.segment, *event.parents, *event.children)


def feature_bars(frame: SampleFrame, model: SegmentModel) -> dict[str, tuple[FeatureBar, ...]]:
    """Return the most unusual explicit features of each segment, the most unusual first.

    A deviation is the difference of the means of members and of all sampled users, in the model's standard deviations.
    """
    segments = np.asarray(frame.segments, dtype=object)
    middle = frame.explicit.mean(axis=0) if len(segments) else np.zeros(len(model.features))
    found = {}
    for segment in sorted(set(frame.segments) - {""}):
        mean = frame.explicit[segments == segment].mean(axis=0)
        deviations = (mean - middle) / model.scaler.explicit_scale
        order = np.argsort(-np.abs(deviations), kind="stable")[:N_FEATURES]
        found[segment] = tuple(
            FeatureBar(
                model.features[at], words_of(model.features[at], mean[at], deviations[at]), float(deviations[at])
            )
            for at in order.tolist()
        )
    return found


def words_of(name: str, value: float, deviations: float) -> str:
    """Return what a feature's raw value means to people; "" if it is ordinary.

    >>> words_of("share_purchase", 0.9, 2.0), words_of("recency", 0.0, 0.0)
    ('many purchases', '')
    """
    known: Feature | None = GENERAL.get(name)
    if known is None and name.startswith("share_"):
        known = share_of(name.removeprefix("share_"))
    return known.words(float(value), float(deviations)) if known else ""
