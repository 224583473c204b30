"""A published change made again where the log alone does not suffice, and where it does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.event import Record
from stream.core.policy import Policy
from stream.core.serving import Serving, ServingVersions
from stream.explain.comparison import published_form
from stream.explain.explanation import Basis
from stream.explain.recompute import recompute
from stream.explain.redecide import Rules
from stream.wire.state_records import SwitchRecord
from tests.core.builders import ENCODER, LABELS, START_MS, WALL, event_at
from tests.core.drawn import policies, record_lists
from tests.core.recorder import StepRecorder
from tests.explain.pasts import models_by_versions, past_of
from tests.explain.stories import RULES, SERVING, STORY_POLICY, published, serving_of, story
from tests.explain.test_redecide import SERVINGS, USERS, decided

PUBLISHED = published()


@settings(max_examples=40)
@given(records=record_lists(n_max=30), policy=policies, cuts=st.lists(st.integers(0, 30), max_size=4))
def test_every_change_is_recomputed_from_the_log(records: list[Record], policy: Policy, cuts: list[int]) -> None:
    recorder, known = decided(records, policy, [min(cut, len(records)) for cut in cuts]), models_by_versions(SERVINGS)
    for user in USERS:
        past = past_of(user, records, recorder.steps, policy)
        changes = [published_form(change) for change in recorder.changes() if change.user == user]
        for change in changes:
            found = recompute(past, changes, change, known.get, Rules(ENCODER, policy, LABELS))
            assert found.equal
            assert found.basis is Basis.LOG
            assert found.decision is not None
            assert published_form(found.decision.change) == change


def test_without_the_first_records_the_whole_window_suffices() -> None:
    past = story()
    cut = replace(past, records=past.records[3:])  # the milks are gone; the window of the decision does not hold them
    found = recompute(cut, PUBLISHED, PUBLISHED[1], serving_of, RULES)
    assert (found.equal, found.basis) == (True, Basis.WINDOW)
    assert found.decision is not None
    assert found.decision.change.dwell_ms == 5


def test_without_an_item_of_the_window_it_is_not_equal() -> None:
    past = story()
    found = recompute(replace(past, records=past.records[4:]), PUBLISHED, PUBLISHED[1], serving_of, RULES)
    assert (found.equal, found.decision is not None) == (False, True)


def test_a_model_that_is_gone_is_needed_only_for_its_own_changes() -> None:
    # model 2 is gone; it decided the milks and the first bread, and model 1 the rest
    past = story()
    switches = [SwitchRecord(0, -1, ServingVersions(2)), SwitchRecord(START_MS + 11, 3, ServingVersions(1))]
    found = recompute(replace(past, switches=switches), PUBLISHED, PUBLISHED[1], serving_of, RULES)
    assert (found.equal, found.basis) == (True, Basis.PREVIOUS_CHANGE)
    assert not recompute(replace(past, switches=switches), PUBLISHED, PUBLISHED[0], serving_of, RULES).equal


@pytest.mark.parametrize("margin", [0.3, 0.95])
def test_other_settings_are_not_equal(margin: float) -> None:
    rules = replace(RULES, policy=replace(STORY_POLICY, margin=margin))
    assert not recompute(story(), PUBLISHED, PUBLISHED[1], serving_of, rules).equal


def test_a_worker_ahead_of_the_brokers_clock_is_followed() -> None:
    #  ms   0     1   ...  21 timer of the first milk; the worker's clock is 24      record dated 23, decided at 24
    policy = replace(WALL, window_ms=20, dwell_ms=0, window_items=4)
    recorder = StepRecorder()
    first, second = (
        Record(at, event.time_ms + 1, event) for at, event in enumerate((event_at(0, "milk"), event_at(22, "bread")))
    )
    recorder.step([first], policy, SERVING)
    recorder.step([], policy, SERVING, until_ms=24)
    recorder.step([second], policy, SERVING)
    changes = [published_form(change) for change in recorder.changes()]
    assert [change.decision_time_ms - START_MS for change in changes] == [1, 21, 24]
    past = past_of("ann", [first, second], recorder.steps, policy)
    known = models_by_versions([SERVING, Serving(SERVING.model)])
    found = [recompute(past, changes, change, known.get, Rules(ENCODER, policy)) for change in changes]
    assert [each.equal for each in found] == [True] * 3
    assert [each.basis for each in found] == [Basis.LOG, Basis.LOG, Basis.PREVIOUS_CHANGE]
