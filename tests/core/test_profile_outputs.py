"""Profiles among the outputs of a step: when one is published, and its numbers, by hand."""

from __future__ import annotations

from dataclasses import replace
from math import log1p

import numpy as np
import pytest

from stream.core.event import Declaration
from stream.core.features import registry
from stream.core.output import Membership, Profile
from stream.core.policy import PublishProfiles
from tests.core.builders import ENCODER, POLICY, START_MS, event_at, records_with, stored_vector, word_model
from tests.core.cores import CoreType
from tests.core.recorder import StepRecorder, run_steps

ALWAYS = replace(POLICY, publish_profiles=PublishProfiles.ALWAYS)
CHANGES = replace(POLICY, publish_profiles=PublishProfiles.CHANGES)
SURE = word_model(threshold=9.0)  # no user is unknown
EVENTS = (event_at(0, "milk", amount=3.0), event_at(1, "milk", "bob"), event_at(1, "milk", amount=5.0))


def profiles(recorder: StepRecorder) -> list[Profile]:
    return [output for output in recorder.outputs if isinstance(output, Profile)]


def test_no_profile_is_published_unless_asked_for(core: CoreType) -> None:
    assert profiles(run_steps(records_with(*EVENTS), POLICY, model=SURE, core=core)) == []


def test_with_always_every_applied_event_timer_and_new_trait_publishes_one(core: CoreType) -> None:
    #  ms      0         1     20        21     22
    #  ann     milk 3.0  milk 5.0, age   1 item 0 items
    #  bob               milk                   0 items
    recorder = run_steps(
        records_with(*EVENTS, EVENTS[0], Declaration("ann", {"age": 41})), ALWAYS, model=SURE, core=core
    )
    recorder.step([], ALWAYS, SURE, until_ms=100)
    seen = [(each.user, each.time_ms - START_MS, each.n_items) for each in profiles(recorder)]
    assert seen == [("ann", 1, 1), ("bob", 2, 1), *[("ann", 2, 2)] * 2, ("ann", 21, 1), ("ann", 22, 0), ("bob", 22, 0)]


def test_with_changes_a_profile_follows_each_membership_and_nothing_else(core: CoreType) -> None:
    recorder = run_steps(records_with(*EVENTS, event_at(10, "bread", amount=3.0)), CHANGES, model=SURE, core=core)
    recorder.step([], CHANGES, SURE, until_ms=100)
    outputs = [output for output in recorder.outputs if isinstance(output, Membership | Profile)]
    assert len(outputs) == 2 * len(recorder.changes()) > 4
    for membership, profile in zip(outputs[0::2], outputs[1::2], strict=True):
        assert isinstance(membership, Membership)
        assert isinstance(profile, Profile)
        assert (profile.user, profile.segment) == (membership.user, membership.segment)
        assert (profile.segment_model, profile.encoder) == (membership.segment_model, membership.encoder)


def test_the_numbers_are_those_of_the_raw_profile(core: CoreType) -> None:
    (first, _, second) = profiles(run_steps(records_with(*EVENTS), ALWAYS, model=SURE, core=core))
    vector, scale = stored_vector("milk")
    expected = vector.astype(np.float32) * np.float32(scale)
    assert second.semantic == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)
    assert list(second.explicit) == list(registry(ALWAYS))
    assert second.explicit["amount_mean"] == pytest.approx(log1p(4.0))
    assert second.explicit["amount_max"] == pytest.approx(log1p(5.0))
    assert second.explicit["share_view"] == 1.0
    assert first.mass == pytest.approx(1.0)
    assert second.mass == pytest.approx(2.0, abs=0.1)
    assert (second.segment, second.segment_model, second.encoder) == ("s-0001", 1, ENCODER.version)


def test_an_empty_window_has_zeros_everywhere(core: CoreType) -> None:
    recorder = run_steps(records_with(EVENTS[0]), ALWAYS, model=SURE, core=core)
    recorder.step([], ALWAYS, SURE, until_ms=100)
    last = profiles(recorder)[-1]
    assert (last.n_items, last.mass, last.segment) == (0, 0.0, "inactive")
    assert set(last.explicit.values()) == {0.0}
    assert not last.semantic.any()


def test_before_the_first_model_a_profile_has_no_segment(core: CoreType) -> None:
    (profile,) = profiles(run_steps(records_with(EVENTS[0]), ALWAYS, model=None, core=core))
    assert (profile.segment, profile.segment_model) == ("pending", 0)
    assert profiles(run_steps(records_with(EVENTS[0]), CHANGES, model=None, core=core)) == []


def test_two_events_of_one_millisecond_lead_to_one_evaluation_at_the_end_of_their_dwell(core: CoreType) -> None:
    events = (event_at(0, "milk"), event_at(10, "bread", event_id="a"), event_at(10, "bread", event_id="b"))
    recorder = run_steps(records_with(*events), replace(ALWAYS, window_items=12), cuts=(1, 2), model=SURE, core=core)
    before = len(profiles(recorder))
    recorder.step([], replace(ALWAYS, window_items=12), SURE, until_ms=16)
    assert [each.time_ms - START_MS for each in profiles(recorder)[before:]] == [16]
