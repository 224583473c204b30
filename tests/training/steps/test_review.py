"""A review holds, promotes and drops candidates, and keeps models."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stream.core.policy import DAY_MS
from stream.training.values.commands import Promote, Refit
from stream.training.values.lineage import LineageEvent
from stream.training.values.outputs import Published, Retracted
from stream.training.values.promotion import Cause, Promotion, Status
from tests.core.planted import PlantedPopulation
from tests.training.harness import TrainerHarness, at_day, decisions, events, policy_of
from tests.training.scenarios import SLOW, SPLIT, held, parting, stationary, told_once


def test_a_candidate_over_the_budget_is_held_with_its_reason_and_promoted_by_an_operator() -> None:
    trainer = held()
    split = [
        (p.status, p)
        for outputs in trainer.outputs
        for p in outputs
        if isinstance(p, Promotion) and p.cause is not Cause.REFRESH
    ][1:]
    assert [status for status, _ in split] == [Status.PROPOSED, Status.HELD]
    decision = split[1][1]
    assert (decision.cause, decision.changes) == (Cause.OVER_BUDGET, (SPLIT,))
    assert decision.share_moved > decision.churn_budget == 0.1
    assert decision.transitions[0].from_segment == "s-0001"
    assert (trainer.serving.ids, told_once(trainer)) == (("s-0001", "s-0002", "s-0003"), [])
    assert trainer.state.rollout.candidate is not None
    outputs = trainer.ask(Promote("ann", trainer.state.rollout.candidate.version))
    assert [(e.segment, e.event, e.children) for e in events(outputs)] == [
        ("s-0001", LineageEvent.SPLIT, ("s-0001", "s-0004"))
    ]
    assert trainer.state.rollout.candidate is None
    assert trainer.serving.version == decision.segment_model


def test_a_held_candidate_is_dropped_when_its_changes_are_gone_and_its_ids_are_not_used_again() -> None:
    trainer = held()
    assert trainer.state.rollout.candidate is not None
    version = trainer.state.rollout.candidate.version
    dropped = (version, Status.DROPPED, Cause.CHANGES_GONE)
    trainer.policy = replace(trainer.policy, churn_budget=0.5)
    again = [
        decision for outputs in parting(trainer, 14, first=14) for decision in decisions(outputs)
    ]  # first they are back
    assert dropped in again
    assert sorted(trainer.serving.ids) == ["s-0001", "s-0002", "s-0003", "s-0005"]
    assert trainer.state.segments.next_id == 6


def test_a_held_candidate_is_kept_however_many_models_are_made_meanwhile() -> None:
    population, trainer = (
        PlantedPopulation(spread=0.05),
        TrainerHarness(policy_of(100, churn_budget=0.1, retire_after_ms=99 * DAY_MS)),
    )
    trainer.day(population.day(100, at_day(0)))
    trainer.ask(Refit("ann", 2))
    candidate = trainer.state.rollout.candidate
    assert candidate is not None
    for day in range(1, 25):
        trainer.day(population.day(100, at_day(day)))
        assert trainer.state.rollout.candidate == replace(candidate, held=day >= 2, over_budget=day >= 2)
        assert candidate.version in trainer.state.registry.models
    assert trainer.state.registry.newest == 26


def test_a_refit_that_is_never_promoted_expires() -> None:
    population, trainer = (
        PlantedPopulation(spread=0.05),
        TrainerHarness(policy_of(100, churn_budget=0.1, retire_after_ms=3 * DAY_MS)),
    )
    trainer.day(population.day(100, at_day(0)))
    trainer.ask(Refit("ann", 2))
    waited = [
        trainer.state.rollout.candidate is not None
        for day in range(1, 7)
        if trainer.day(population.day(100, at_day(day)))
    ]
    assert waited == [True] * 4 + [False] * 2  # made on day 0: two days in shadow, three to be gone


def test_a_refresh_over_the_budget_is_held_and_the_next_takes_its_place() -> None:
    trainer = TrainerHarness(
        policy_of(200, n_segments=2, adapt=False, churn_budget=0.0, unknown_rate=0.05, learning_half_life_ms=DAY_MS)
    )
    population = PlantedPopulation((0.5, 0.5), spread=0.3)
    for day in range(5):
        population.semantic[0] = population.semantic[0] + 0.15 * population.semantic[1]
        trainer.day(population.day(200, at_day(day)))
    newer, over = Cause.SUPERSEDED, Cause.OVER_BUDGET
    said = [decision for outputs in trainer.outputs[1:] for decision in decisions(outputs)]
    assert said == [
        (2, Status.HELD, over),
        (2, Status.DROPPED, newer),
        (3, Status.HELD, over),
        (3, Status.DROPPED, newer),
        (4, Status.HELD, over),
        (4, Status.DROPPED, newer),
        (5, Status.HELD, over),
    ]
    assert trainer.serving.version == 1


def test_without_adapting_nothing_is_ever_proposed() -> None:
    trainer = TrainerHarness(policy_of(300, adapt=False, **SLOW))
    for outputs in parting(trainer, 14):
        assert [cause for _, _, cause in decisions(outputs)] in ([], [Cause.REFRESH], [Cause.WARM_UP])
    assert told_once(trainer) == []


def test_thresholds_grow_by_no_more_than_a_fiftieth_in_a_review() -> None:
    population, trainer = PlantedPopulation((0.5, 0.5), spread=0.05), TrainerHarness(policy_of(200, adapt=False))
    before = None
    for day in range(8):
        population.spread = 0.05 if day < 3 else 0.2
        trainer.day(population.day(200, at_day(day)))
        if before is not None and day >= 3:
            assert (trainer.state.segments.thresholds <= before * 1.02 * (1 + 1e-12)).all()
            assert trainer.state.segments.thresholds == pytest.approx(before * 1.02)
        before = trainer.state.segments.thresholds
    assert before is not None


def test_old_models_are_retracted_except_those_that_a_rollback_can_restore() -> None:
    trainer = TrainerHarness(policy_of(60, n_segments=2))
    stationary(trainer, 24, PlantedPopulation((0.5, 0.5)))
    retracted = [o.version for outputs in trainer.outputs for o in outputs if isinstance(o, Retracted)]
    made = [o.model.version for outputs in trainer.outputs for o in outputs if isinstance(o, Published)]
    assert retracted == [1, 2, 3, 4]
    assert made == list(range(1, 25))
    assert sorted(trainer.state.registry.models) == list(range(5, 25))
    assert trainer.state.registry.previous[-1] == 23


def test_a_ramp_is_said_with_a_promotion_but_not_with_the_first() -> None:
    trainer = TrainerHarness(policy_of(60, n_segments=2, ramp_ms=7))
    stationary(trainer, 2, PlantedPopulation((0.5, 0.5)))
    assert [p.ramp_ms for outputs in trainer.outputs for p in outputs if isinstance(p, Promotion)] == [0, 7]


def test_home_segments_are_kept_only_for_users_in_the_reservoir() -> None:
    #  a candidate that waits keeps users where they were counted; those who are not seen for two days leave the pool
    samples, trainer = (
        PlantedPopulation(spread=0.05).day(200),
        TrainerHarness(policy_of(200, churn_budget=0.0, reservoir_ms=2 * DAY_MS)),
    )
    trainer.day([replace(s, time_ms=at_day(0)) for s in samples])
    trainer.ask(Refit("ann", 2))
    gone = {s.user for s in samples[:50]}
    for day in range(1, 5):
        here = [replace(s, time_ms=at_day(day)) for s in samples if s.user not in gone]
        trainer.day((here + here)[:200])
        assert set(trainer.state.users.home_segments) == set(trainer.state.users.reservoir)
    assert trainer.state.rollout.candidate is not None
    assert not gone & set(trainer.state.users.reservoir)
