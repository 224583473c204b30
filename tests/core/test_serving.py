"""Gradual rollout from one segment model to the next, by hand and over drawn records."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.event import Ignored, Record
from stream.core.output import Change, Membership
from stream.core.policy import Clock, Policy
from stream.core.serving import Serving, ServingVersions, rollout_bucket
from tests.core.builders import ENCODER, MODEL, POLICY, START_MS, WORDS, event_at, records_with, word_model
from tests.core.cores import CoreType
from tests.core.drawn import ROLLOUT, batch_starts, policies, record_lists
from tests.core.planted import bits
from tests.core.recorder import run_steps
from tests.specification.output import Output

NEXT = word_model(version=2, first=11, threshold=9.0)
PREVIOUS = word_model(threshold=9.0)
NAMES = [f"user-{number}" for number in range(2000)]


@pytest.mark.parametrize(
    ("user", "version", "digest"), [("ann", 2, 0xF865CB49762E52F7), ("李娜", 7, 0xA893FC7A5E19A618)]
)
def test_a_rollout_bucket_is_the_blake2b_of_version_and_user(user: str, version: int, digest: int) -> None:
    assert rollout_bucket(user, version) == pytest.approx(digest / 2**64, abs=2**-53)


def test_rollout_buckets_are_uniform_and_independent_between_models() -> None:
    turns = np.array([rollout_bucket(name, 2) for name in NAMES])
    tenths = np.histogram(turns, 10, (0, 1))[0]
    assert (turns.min() >= 0, turns.max() < 1, tenths.sum()) == (True, True, 2000)
    assert tenths.min() > 200 - 5 * np.sqrt(180)  # five standard deviations of a binomial
    other = [rollout_bucket(name, 3) for name in NAMES]
    assert abs(np.corrcoef(turns, other)[0, 1]) < 0.1


@pytest.mark.parametrize("share", [0.0, 0.25, 0.9, 1.0])
def test_the_share_of_passed_users_follows_the_ramp(share: float) -> None:
    serving = Serving(NEXT, PREVIOUS, since_ms=START_MS, ramp_ms=1000)
    now_ms = START_MS + int(1000 * share)
    passed = sum(serving.model_for(name, now_ms) is NEXT for name in NAMES)
    assert passed == sum(rollout_bucket(name, 2) < share for name in NAMES)
    assert passed / len(NAMES) == pytest.approx(share, abs=0.05)


@given(user=st.text(), since_ms=st.integers(0, 9), ramp_ms=st.integers(1, 50), times=st.lists(st.integers(-5, 70)))
def test_a_user_never_goes_back_to_the_previous_model(user: str, since_ms: int, ramp_ms: int, times: list[int]) -> None:
    serving = Serving(NEXT, PREVIOUS, since_ms, ramp_ms)
    versions = [serving.model_for(user, now_ms).version for now_ms in sorted(times)]
    assert versions == sorted(versions)
    assert serving.model_for(user, since_ms - 1) is PREVIOUS
    assert serving.model_for(user, since_ms + ramp_ms) is NEXT


@pytest.mark.parametrize(
    "serving",
    [
        Serving(NEXT),
        Serving(NEXT, None, START_MS, 1000),
        Serving(NEXT, PREVIOUS, START_MS, 0),
        Serving(NEXT, replace(PREVIOUS, encoder="another"), START_MS, 1000),
        Serving(NEXT, replace(PREVIOUS, features=PREVIOUS.features[:-1]), START_MS, 1000),
        Serving(NEXT, replace(PREVIOUS, scaler=replace(PREVIOUS.scaler, semantic_prior=2.0)), START_MS, 1000),
    ],
    ids=["no previous model", "a ramp of nothing", "no ramp", "another encoder", "other features", "another scaler"],
)
def test_all_users_pass_at_once_if_the_previous_model_cannot_decide(serving: Serving) -> None:
    assert {serving.model_for(name, START_MS).version for name in NAMES} == {2}


@pytest.mark.parametrize("other", [{"encoder": "another"}, {"features": MODEL.features[:-1]}], ids=str)
def test_a_segment_model_of_another_encoder_or_other_features_is_refused(core: CoreType, other: dict[str, Any]) -> None:
    refused = Serving(replace(MODEL, **other))
    with pytest.raises(ValueError, match="segment model 1 was made with"):
        refused.check(ENCODER.version, MODEL.features)
    with pytest.raises(ValueError, match="segment model 1 was made with"):
        run_steps(records_with(event_at(0, "milk")), POLICY, model=refused, core=core)


def records() -> list[Record]:
    """Return records of forty users with one word each, again and again."""
    contents = [event_at(at, WORDS[n % 3], NAMES[n], f"{n}-{at}") for at in range(0, 70, 10) for n in range(40)]
    return records_with(*contents)


def test_users_pass_one_by_one_and_each_change_names_its_model(core: CoreType) -> None:
    #  ms       0 ... 10            ...            60
    #  model    1     some 1, some 2, one by one   2: other ids
    serving = Serving(NEXT, PREVIOUS, START_MS + 5, 50)
    recorder = run_steps(records(), replace(POLICY, dwell_ms=0), model=serving, core=core)
    moves = [change for change in recorder.changes() if change.rule == "retired"]
    assert len({change.decision_time_ms for change in moves}) > 3
    for change in recorder.changes():
        assert change.segment_model == serving.model_for(change.user, change.decision_time_ms).version
    for membership in (o for o in recorder.outputs if isinstance(o, Membership)):
        assert membership.segment_model == serving.model_for(membership.user, membership.since_ms).version
        assert membership.segment in (NEXT.ids if membership.segment_model == 2 else PREVIOUS.ids)
    assert {user.membership.segment for user in recorder.users().values()} == set(NEXT.ids)
    switch = recorder.steps[0].switch
    assert (switch.serving, switch.offset, switch.now_ms) == (ServingVersions(2, 1, START_MS + 5, 50), -1, 0)


@settings(max_examples=60)
@given(records=record_lists(), policy=policies, cuts=batch_starts, early=st.booleans())
def test_before_and_after_the_ramp_one_model_decides_as_if_it_were_alone(
    core: CoreType, records: list[Record], policy: Policy, cuts: set[int], early: bool
) -> None:
    since_ms = START_MS + (10_000 if early else -10_000)
    recorder = run_steps(records, policy, cuts, Serving(NEXT, PREVIOUS, since_ms, 10), core=core)
    alone = run_steps(records, policy, model=PREVIOUS if early else NEXT, core=core)
    assert bits(tuple(recorder.outputs)) == bits(tuple(alone.outputs))


@settings(max_examples=60)
@given(records=record_lists(), policy=policies)
def test_within_a_ramp_the_outputs_of_a_user_do_not_depend_on_other_users(
    core: CoreType, records: list[Record], policy: Policy
) -> None:
    wall, ignored = replace(policy, clock=Clock.WALL), Ignored("alias")  # whatever comes, time passes
    own = [r if getattr(r.content, "user", "") == "ann" else replace(r, content=ignored) for r in records]
    together, alone = run_steps(records, wall, model=ROLLOUT, core=core), run_steps(own, wall, model=ROLLOUT, core=core)
    for recorder in (together, alone):
        recorder.step([], wall, ROLLOUT, until_ms=500)
    assert bits(_of_ann(together.outputs)) == bits(_of_ann(alone.outputs))


def _of_ann(outputs: list[Output]) -> tuple[Output, ...]:
    return tuple(o for o in outputs if isinstance(o, Change | Membership) and o.user == "ann")
