"""What an observer of a step sees: each evaluation, in order, as the specification makes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from hypothesis import given, settings

from stream.core.evaluated import Evaluated
from stream.core.event import Record
from stream.core.output import Change
from stream.core.records import Records
from stream.core.serving import Serving
from stream.core.step import step
from stream.core.transition import MembershipState
from tests.core.cores import CompiledCore, Core, CoreType
from tests.core.kernel.comparison import EXPLICIT, SINGLE, same_output
from tests.core.kernel.edges import EdgeWatch
from tests.core.kernel.runs import Run, runs
from tests.core.kernel.taking import take_with
from tests.specification.evaluation import EvaluationResult


class WatchedSpecification(EdgeWatch):
    """The specification, with the evaluations that it decided and the memberships after them."""

    def __init__(self, *given_: Any) -> None:
        super().__init__(*given_)
        self.seen: list[tuple[EvaluationResult, Any, Any]] = []

    def _observe(self, result: EvaluationResult, decided: Any) -> None:
        super()._observe(result, decided)
        self.seen.append((result, decided, result.evaluation.state.membership))


class WatchedCore(CompiledCore):
    """The compiled core, with the evaluations that it showed."""

    def __init__(self, *given_: Any) -> None:
        super().__init__(*given_)
        self.seen: list[Evaluated] = []

    def take(
        self, records: Sequence[Record], serving: Serving | None, until_ms: int = 0, evaluated: Iterable[str] = ()
    ) -> Any:
        """As the protocol has it, with an observer."""
        given_ = (self.partition, serving, self.encoder, self.policy, until_ms, self.labels, evaluated)
        return step(Records.of(records), *given_, self.seen.append)


def cores_after(run: Run, make: CoreType) -> list[Core]:
    """The cores of a run, one for each encoder."""
    first = run.stages[0]
    return list(dict.fromkeys(take_with(make(run.policy, first.encoder, first.labels), run)[1]))


def check_seen(expected: tuple[EvaluationResult, Any, Any], found: Evaluated) -> None:
    """An evaluation of both cores is the same within the bounds of its floats."""
    result, decided, after = expected
    evaluation, n = result.evaluation, len(result.evaluation.items)
    assert (found.user, found.now_ms, found.after) == (evaluation.user_id, evaluation.now_ms, after)
    assert found.is_dwell_end == (evaluation.dwell_due_ms is not None)
    assert [(item.id, item.kind, item.text) for item in found.items] == evaluation.items
    changes = [output for output in decided.outputs if isinstance(output, Change)] if decided else []
    assert found.change is None if not changes else same_output(changes[0], found.change)  # type: ignore[arg-type]
    raw, row = result.batch.raw, result.row
    if n:
        np.testing.assert_allclose(found.explicit, raw.explicit[row], rtol=EXPLICIT, atol=EXPLICIT)
        np.testing.assert_allclose(found.semantic, raw.semantic[row], rtol=SINGLE, atol=SINGLE)
        np.testing.assert_allclose(found.mass, raw.mass[row], rtol=SINGLE)
    else:
        assert found.mass == 0.0
        assert not np.any([*found.explicit, *found.semantic])
    assert (found.assignment is None) == (result.assignment is None)
    assert found.model is None or result.model is None or found.model.version == result.model.version
    if found.assignment is not None and result.assignment is not None:
        np.testing.assert_allclose(found.assignment.distances, result.assignment.distances, rtol=SINGLE, atol=SINGLE)
        assert found.assignment.nearest == result.assignment.nearest
        assert found.scaled is not None
        np.testing.assert_allclose(found.scaled, result.batch.u[row], rtol=SINGLE, atol=SINGLE)


@settings(max_examples=40)
@given(run=runs())
def test_an_observer_sees_each_evaluation_in_order(run: Run) -> None:
    specified, compiled = cores_after(run, WatchedSpecification), cores_after(run, WatchedCore)
    edged = {user for core in specified if isinstance(core, WatchedSpecification) for user in core.users_on_edges}
    for expected, found in zip(specified, compiled, strict=True):
        assert isinstance(expected, WatchedSpecification)
        assert isinstance(found, WatchedCore)
        own = [each for each in expected.seen if each[0].evaluation.user_id not in edged]
        others = [each for each in found.seen if each.user not in edged]
        assert [each.user for each in others] == [each[0].evaluation.user_id for each in own]
        memberships: dict[str, MembershipState] = {}
        for one, other in zip(own, others, strict=True):
            check_seen(one, other)
            assert other.before in (memberships.get(other.user, other.before), MembershipState()), "erased or as it was"
            memberships[other.user] = other.after
