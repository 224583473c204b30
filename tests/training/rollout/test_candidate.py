"""The candidate from review to review: each change has its own age. A stub detects the changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stream.core.arrays import Floats
from stream.training.structure.component_merging import Cluster
from stream.training.structure.detect import detect_structure
from stream.training.values.candidate import Candidate, RolloutState
from stream.training.values.lineage import LineageEvent
from stream.training.values.promotion import Cause, Status
from tests.training.harness import TrainerHarness, decisions, events, policy_of
from tests.training.scenarios import arriving
from tests.training.stub_detector import SPLIT, USERS, N

CHANGE = Cause.STRUCTURE_CHANGE


def test_a_single_change_is_proposed_at_once_and_promoted_when_it_has_held(scenario_of: Any) -> None:
    assert scenario_of({"2": "xxx."}).run(3) == [
        [(Status.PROPOSED, CHANGE, (SPLIT[2],))],
        [],
        [(Status.PROMOTED, CHANGE, (SPLIT[2],))],
    ]


@pytest.mark.parametrize(
    ("flapping", "day"),
    [
        ("x.", 2),  # goes with the first candidate; the next is of what stays, and as old
        (".x", 2),  # is never there twice in a row
        ("xx.", 3),  # on the third day a candidate is made anew, which must be looked at once
        (".xx", 4),  # joins on the third day, is gone on the fourth, and the candidate without it is looked at
        ("..x", 2),
        ("x...", 2),
    ],
)
def test_a_flapping_change_does_not_delay_a_steady_one(scenario_of: Any, flapping: str, day: int) -> None:
    scenario = scenario_of({"1": flapping, "2": "x"})
    days = list(scenario.days(day + 1))
    assert [len(events(outputs)) for outputs in days] == [0] * day + [1]
    assert (events(days[-1])[0].segment, events(days[-1])[0].event) == ("s-0002", LineageEvent.SPLIT)


def test_a_dropped_candidate_has_the_cause_and_the_changes(scenario_of: Any) -> None:
    assert scenario_of({"1": "x...", "2": "xxx.", "3": "..xx"}).run(4) == [
        [(Status.PROPOSED, CHANGE, (SPLIT[1], SPLIT[2]))],
        [(Status.DROPPED, Cause.CHANGES_GONE, (SPLIT[1],)), (Status.PROPOSED, CHANGE, (SPLIT[2],))],
        [(Status.PROMOTED, CHANGE, (SPLIT[2],))],
        [(Status.PROPOSED, CHANGE, (SPLIT[3],))],
    ]


def test_a_change_found_twice_joins_and_both_are_promoted_when_the_younger_has_held(scenario_of: Any) -> None:
    #  day    0      1    2             3
    #  2      x      x    x             x
    #  3             x    x: it joins   x: two days
    scenario = scenario_of({"2": "x", "3": ".xxx"})
    assert scenario.run(4) == [
        [(Status.PROPOSED, CHANGE, (SPLIT[2],))],
        [],
        [(Status.DROPPED, Cause.CHANGES_ADDED, (SPLIT[3],)), (Status.PROPOSED, CHANGE, (SPLIT[2], SPLIT[3]))],
        [(Status.PROMOTED, CHANGE, (SPLIT[2], SPLIT[3]))],
    ]
    assert scenario.trainer.state.rollout.changes_since == {}


def test_a_change_that_begins_when_all_others_end_is_proposed_at_once(scenario_of: Any) -> None:
    assert scenario_of({"1": "x...", "2": ".xxx"}).run(4) == [
        [(Status.PROPOSED, CHANGE, (SPLIT[1],))],
        [(Status.DROPPED, Cause.CHANGES_GONE, (SPLIT[1],)), (Status.PROPOSED, CHANGE, (SPLIT[2],))],
        [],
        [(Status.PROMOTED, CHANGE, (SPLIT[2],))],
    ]


def test_a_change_gone_for_a_day_begins_again(scenario_of: Any) -> None:
    scenario = scenario_of({"1": "x.xxx"}).run(5)
    assert [[status for status, _, _ in day] for day in scenario] == [
        [Status.PROPOSED],
        [Status.DROPPED],
        [Status.PROPOSED],
        [],
        [Status.PROMOTED],
    ]


def test_moving_clusters_begin_again_even_while_another_change_flaps(scenario_of: Any) -> None:
    #  the cut of s-0002 is somewhere else on every day up to the third
    scenario = scenario_of({"1": "x.", "2": "x"}, shifts=[-1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0])
    days = list(scenario.days(6))
    assert [len(events(outputs)) for outputs in days] == [0, 0, 0, 0, 0, 1]
    moving = [[cause for _, _, cause in decisions(outputs) if cause is Cause.UNSTABLE] for outputs in days]
    assert moving == [[], *[[Cause.UNSTABLE]] * 3, [], []]


def test_a_birth_is_not_delayed_by_a_weak_split_that_is_found_every_other_review() -> None:
    real, n_looks = detect_structure, 0

    def flapping(x: Floats, weights: Floats, *place: Any) -> Any:
        nonlocal n_looks
        n_looks += 1
        found = real(x, weights, *place)
        if n_looks % 2:
            return found
        group = found.whole["s-0001"]
        along = (x[group.rows] @ np.random.default_rng(0).normal(size=x.shape[1])).argsort()
        parts = (group.rows[part] for part in np.array_split(along, 2))
        a, b = (Cluster(rows, x[rows].mean(axis=0), ("s-0001",)) for rows in parts)
        return replace(found, splits={**found.splits, "s-0001": (a, b)})

    days = []
    for looking in (real, flapping):
        trainer = TrainerHarness(policy_of(400, n_segments=3, churn_budget=1.0), detect=looking)
        arriving(trainer, 8, seed=1)
        [(day, event)] = [
            (day, event) for day, outputs in enumerate(trainer.outputs[1:], 1) for event in events(outputs)
        ]
        assert event.event is LineageEvent.BORN
        days.append(day)
    assert days[0] == days[1]
    assert n_looks == 7


def test_watched_clusters_are_in_the_order_of_their_ids() -> None:
    trainer = TrainerHarness(policy_of(N, n_segments=3))
    trainer.day(USERS)
    for born in (("s-0003", "s-0001"), ("s-0001", "s-0003"), ()):
        candidate = Candidate(1, 0, Cause.STRUCTURE_CHANGE, (), 4, (), born)
        found = replace(trainer.state, rollout=RolloutState(candidate)).watched
        assert found.tolist() == [
            trainer.serving.centroids[trainer.serving.ids.index(segment)].tolist() for segment in born
        ]
