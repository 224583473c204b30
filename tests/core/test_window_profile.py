"""A window by itself: the same numbers as in a step, to the last bit, and the shares that its change published."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.evaluated import Evaluated
from stream.core.event import Record
from stream.core.partition import PartitionState
from stream.core.policy import Policy
from stream.core.records import Records
from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving
from stream.core.step import step
from stream.core.window_profile import WindowProfile, profile_window
from tests.core.builders import ENCODER, MODEL, POLICY, event_at, records_with
from tests.core.drawn import policies, record_lists


def evaluations(records: list[Record], policy: Policy, model: SegmentModel | None) -> list[Evaluated]:
    """The evaluations of a step that have a window."""
    found = list[Evaluated]()
    partition = PartitionState(policy, ENCODER.dimension, ENCODER.version)
    serving = Serving(model) if model else None
    step(Records.of(records), partition, serving, ENCODER, policy, observe=found.append)
    return [each for each in found if each.items]


def by_itself(evaluated: Evaluated, policy: Policy, move: tuple[str, str] = ("", "")) -> WindowProfile:
    """The window of an evaluation, evaluated by itself."""
    return profile_window(evaluated.items, evaluated.now_ms, policy, ENCODER.dimension, evaluated.model, move)


@given(records=record_lists(n_max=20), policy=policies, model=st.sampled_from([None, MODEL]))
def test_a_window_by_itself_is_evaluated_as_in_a_step(
    records: list[Record], policy: Policy, model: SegmentModel | None
) -> None:
    for each in evaluations(records, policy, model):
        found = by_itself(each, policy)
        assert found.explicit.tobytes() == each.explicit.tobytes()
        assert found.semantic.tobytes() == each.semantic.tobytes()
        assert (found.mass, found.assignment) == (each.mass, each.assignment)
        assert (found.scaled is None) == (found.shares is None) == (each.scaled is None)
        assert found.scaled is None or each.scaled is None or found.scaled.tobytes() == each.scaled.tobytes()


@given(records=record_lists(n_max=20), policy=policies)
def test_shares_are_those_that_the_change_published(records: list[Record], policy: Policy) -> None:
    for each in evaluations(records, policy, MODEL):
        if each.change is None or not each.change.evidence.items:
            continue
        shares = by_itself(each, policy, (each.change.from_segment, each.change.to_segment)).shares
        assert shares is not None
        by_id = dict(zip([item.id for item in each.items], shares.items.tolist(), strict=True))
        for moved in each.change.evidence.items:
            assert sum(by_id[event_id] for event_id in moved.ids) == moved.contribution
        by_name = dict(zip(MODEL.features, shares.features.tolist(), strict=True))
        for feature in each.change.evidence.features:
            assert by_name[feature.name] == feature.contribution
        assert shares.semantic == each.change.evidence.semantic_contribution


def test_weights_halve_with_every_half_life_and_items_of_the_future_weigh_one() -> None:
    policy = replace(POLICY, half_life_ms=4)
    [*_, last] = evaluations(records_with(event_at(0, "milk"), event_at(4, "bread"), event_at(6, "milk")), policy, None)
    ages_ms = np.array([7, 3, 1])
    assert by_itself(last, policy).weights == pytest.approx(2.0 ** -(ages_ms / 4))
    early = profile_window(last.items, last.items[0].time_ms - 9, policy, ENCODER.dimension)
    assert early.weights.tolist() == [1.0, 1.0, 1.0]
    assert early.mass == 3.0
