"""Weeks of planted changes: each is proposed, shadowed, promoted and published exactly once, and no other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stream.core.policy import DAY_MS
from stream.training.values.lineage import Lineage, LineageEvent
from stream.training.values.promotion import Cause, Promotion, Status, Trigger
from tests.core.planted import PlantedPopulation
from tests.training.harness import TrainerHarness, at_day, decisions, events, healths, policy_of
from tests.training.scenarios import SLOW, SPLIT, arriving, leaving, meeting, parting, stationary, told_once


@pytest.mark.parametrize("seed", range(4))
def test_a_stationary_population_leads_to_refreshes_only(seed: int) -> None:
    trainer = TrainerHarness(policy_of(200))
    stationary(trainer, 10, PlantedPopulation(seed=seed, spread=0.1))
    promotions = [(p.status, p.cause) for outputs in trainer.outputs[1:] for p in outputs if isinstance(p, Promotion)]
    assert promotions == [(Status.PROMOTED, Cause.REFRESH)] * 9
    assert told_once(trainer) == []
    assert all(p.lineage == () for outputs in trainer.outputs[1:] for p in outputs if isinstance(p, Promotion))


def test_a_split_is_proposed_shadowed_promoted_and_published_once() -> None:
    trainer = TrainerHarness(policy_of(300, **SLOW))
    days = list(parting(trainer, 14))
    said = {
        status: day
        for day, outputs in enumerate(days)
        for _, status, cause in decisions(outputs)
        if cause is Cause.STRUCTURE_CHANGE
    }
    assert said == {
        Status.PROPOSED: said[Status.PROPOSED],
        Status.PROMOTED: said[Status.PROPOSED] + 2,
    }  # the shadow time
    (split,) = told_once(trainer)
    assert (split.segment, split.event, split.children) == ("s-0001", LineageEvent.SPLIT, ("s-0001", "s-0004"))
    assert split.fractions == pytest.approx((0.5, 0.5), abs=0.03)
    assert sorted(trainer.serving.ids) == ["s-0001", "s-0002", "s-0003", "s-0004"]
    (promotion,) = (
        p
        for outputs in days
        for p in outputs
        if isinstance(p, Promotion) and p.status is Status.PROMOTED and p.changes == (SPLIT,)
    )
    assert promotion.share_moved == pytest.approx(0.25, abs=0.02)  # one of the halves, 75 of 300
    assert promotion.n_sampled == 300
    largest = promotion.transitions[0]
    assert (largest.from_segment, largest.to_segment) == ("s-0001", "s-0004")
    parted = (
        {trainer.current_segments[f"u{at}"] for at in range(75)},
        {trainer.current_segments[f"u{at}"] for at in range(75, 150)},
    )
    assert parted == ({"s-0001"}, {"s-0004"}) or parted == ({"s-0004"}, {"s-0001"})


def test_a_candidate_is_said_with_the_lineage_that_it_would_bring() -> None:
    trainer = TrainerHarness(policy_of(300, **SLOW))
    (proposal,) = (
        p
        for outputs in parting(trainer, 14)
        for p in outputs
        if isinstance(p, Promotion) and p.status == Status.PROPOSED
    )
    assert [(e.segment, e.event) for e in proposal.lineage] == [("s-0001", "split")]
    assert (proposal.trigger, proposal.ramp_ms, proposal.changes) == (Trigger.AUTOMATIC, 0, (SPLIT,))


@pytest.mark.parametrize("seed", range(2))
def test_two_segments_that_meet_are_merged_and_published_once(seed: int) -> None:
    trainer = TrainerHarness(policy_of(300, **SLOW))
    meeting(trainer, 28, seed)
    (merged,) = told_once(trainer)
    assert (merged.segment, merged.event, merged.parents) == ("s-0001", LineageEvent.MERGED, ("s-0001", "s-0002"))
    assert min(merged.fractions) > 0.9
    assert trainer.serving.ids == ("s-0003", "s-0004", "s-0001")
    assert {trainer.current_segments[f"u{at}"] for at in range(90, 180)} <= {"s-0001", "unknown"}


@pytest.mark.parametrize("seed", range(3))
def test_a_new_cluster_is_born_and_published_once(seed: int) -> None:
    trainer = TrainerHarness(policy_of(400, unknown_rate=0.05))
    arriving(trainer, 10, seed)
    (born,) = told_once(trainer)
    assert (born.segment, born.event, born.parents, born.fractions) == ("s-0004", LineageEvent.BORN, (), ())
    assert born.share == pytest.approx(44 / 440, abs=0.02)
    assert trainer.state.segments.next_id == 5
    assert [trainer.current_segments[f"u{at}"] for at in range(396, 440)].count("s-0004") > 40


def test_scattered_users_are_unknown_and_no_segment() -> None:
    population, trainer = PlantedPopulation(spread=0.08), TrainerHarness(policy_of(300))
    rng = np.random.default_rng(0)
    for day in range(8):
        samples = population.day(300, at_day(day))
        trainer.day(
            [
                replace(s, explicit=9 * rng.normal(size=3)) if day > 2 and at % 8 == 0 else s
                for at, s in enumerate(samples)
            ]
        )
    assert told_once(trainer) == []
    assert healths(trainer.outputs[-1])[0].unknown_share > 0.08


def test_a_segment_without_users_is_retired_only_after_the_stated_time() -> None:
    #  day              3         6                    10                12
    #                   last    forgotten by the     gone for 4 days   promoted after
    #                   seen: 2  pool after 3 days    proposed          2 days in shadow
    trainer = TrainerHarness(policy_of(200, reservoir_ms=3 * DAY_MS, retire_after_ms=4 * DAY_MS))
    leaving(trainer, 14)
    assert [
        day for day, outputs in enumerate(trainer.outputs) for _, s, _ in decisions(outputs) if s == Status.PROPOSED
    ] == [10]
    assert [day for day, outputs in enumerate(trainer.outputs) if events(outputs)] == [0, 12]
    (candidate,) = (version for version, status, _ in decisions(trainer.outputs[10]) if status is Status.PROPOSED)
    assert told_once(trainer) == [Lineage("s-0004", LineageEvent.RETIRED, (), candidate, 0.0)]
    assert trainer.serving.ids == ("s-0001", "s-0002", "s-0003")
    assert trainer.state.segments.underpopulated_since_ms == {}


def test_a_segment_that_comes_back_in_time_is_not_retired() -> None:
    trainer = TrainerHarness(policy_of(200, reservoir_ms=3 * DAY_MS, retire_after_ms=4 * DAY_MS))
    leaving(trainer, 9)
    assert list(trainer.state.segments.underpopulated_since_ms) == ["s-0004"]
    samples = PlantedPopulation(spread=0.05).day(200)
    for day in range(9, 14):
        trainer.day([replace(s, time_ms=at_day(day)) for s in samples])
    assert (trainer.state.segments.underpopulated_since_ms, trainer.serving.ids[3], told_once(trainer)) == (
        {},
        "s-0004",
        [],
    )
