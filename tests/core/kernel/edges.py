"""Edges of decisions: an evaluation where a rounding error could decide otherwise.

Both cores may decide such a user in two ways, and a user's results depend on no other user: so these users are left
out. Segment models are random, so that there are few.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stream.core.encoder import Encoder
from stream.core.labels import NO_LABELS, LabelHeads
from stream.core.policy import Policy
from stream.core.segment_model import SegmentModel
from stream.core.transition import required
from tests.core.cores import SpecificationCore
from tests.core.kernel.comparison import SINGLE
from tests.specification.evaluation import EvaluationResult
from tests.specification.labels import MARGIN
from tests.specification.step import step

WIDTH = 4 * SINGLE  # relative; both cores are within SINGLE of the exact distance


class EdgeWatch(SpecificationCore):
    """The specification, which keeps the users with an evaluation on an edge in `users_on_edges`."""

    def __init__(self, policy: Policy, encoder: Encoder, labels: LabelHeads = NO_LABELS) -> None:
        super().__init__(policy, encoder, labels)
        self.users_on_edges: set[str] = set()

    def take(self, records: Any, serving: Any, until_ms: int = 0, evaluated: Any = ()) -> Any:
        """As the protocol has it."""
        given = (list(records), self.partition, serving, self.encoder, self.policy, until_ms, self.labels)
        return step(*given, evaluated, self._observe)

    def _observe(self, result: EvaluationResult, _: object) -> None:
        if any(gap < WIDTH for gap in self._gaps(result)):
            self.users_on_edges.add(result.evaluation.user_id)

    def _gaps(self, result: EvaluationResult) -> Iterator[float]:
        assignment, model = result.assignment, result.model
        if assignment is not None and model is not None:
            yield from _distance_gaps(result, model, self.policy)
        if result.batch.label_probabilities and result.evaluation.items:
            yield from self._label_gaps(result.batch.label_probabilities[result.row])

    def _label_gaps(self, probabilities: list[float]) -> Iterator[float]:
        start = 0
        for head in self.labels.heads:
            own = sorted(probabilities[start : start + len(head.values)])
            start += len(head.values)
            yield own[-1] - own[-2]
            for p in own:
                yield from (abs(p - edge) for edge in (head.threshold, head.threshold - MARGIN, own[-1] - MARGIN))


def _distance_gaps(result: EvaluationResult, model: SegmentModel, policy: Policy) -> Iterator[float]:
    assert result.assignment is not None
    d = sorted(result.assignment.distances)
    least, segment = d[0], result.evaluation.state.membership.segment
    scale = max(1.0, least)
    if len(d) > 1:
        yield (d[1] - least) / scale
    threshold = float(model.thresholds[result.assignment.nearest])
    nearest = result.assignment.segment(model)
    margins = {0.0, required(policy, segment, "unknown").margin}
    yield from (abs(least - threshold * (1 + margin)) / scale for margin in margins)
    if segment in model.ids and nearest != segment:
        current = result.assignment.distances[model.ids.index(segment)]
        yield abs(least - current * (1 - required(policy, segment, nearest).margin)) / scale
