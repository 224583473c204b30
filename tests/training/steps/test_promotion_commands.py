"""Promotions, rollbacks and drops by operators."""

from __future__ import annotations

from dataclasses import replace

from stream.core.policy import DAY_MS
from stream.training.values.commands import Drop, Promote, Refit, Rename, Rollback
from stream.training.values.outputs import Served
from stream.training.values.promotion import Cause, Promotion, Status, Trigger
from tests.core.planted import PlantedPopulation, assign_samples
from tests.training.harness import TrainerHarness, at_day, command_ids, decisions, events, pauses
from tests.training.steps.conftest import N


def test_a_model_of_another_encoder_does_not_serve_again(trainer: TrainerHarness) -> None:
    models = {**trainer.state.registry.models, 1: replace(trainer.state.registry.models[1], encoder="e0")}
    trainer.trained = replace(trainer.state, registry=replace(trainer.state.registry, models=models))
    assert [status for _, status, _ in decisions(trainer.ask(Promote("ann", 1)))] == [Status.REFUSED]


def test_a_dropped_candidate_leaves_the_serving_model_and_later_refreshes(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    trainer.ask(Refit("ann", 2))
    models, previous = trainer.state.registry.models, trainer.state.registry.previous
    assert decisions(trainer.ask(Drop("bob", 2))) == [(2, Status.REFUSED, Cause.NOT_A_CANDIDATE)]
    assert decisions(trainer.ask(Drop("eve", 3))) == [(3, Status.DROPPED, Cause.REQUESTED)]
    assert command_ids(trainer.outputs[-1]) == ["eve"]
    assert (trainer.state.rollout.candidate, trainer.state.registry.serving, trainer.state.registry.previous) == (
        None,
        2,
        previous,
    )
    assert trainer.state.registry.models == models  # it can still be promoted
    trainer.policy = replace(trainer.policy, churn_budget=1.0)
    for day in (2, 3, 4):
        said = decisions(trainer.day(population.day(N, at_day(day))))
        assert [(status, cause) for _, status, cause in said] == [(Status.PROMOTED, Cause.REFRESH)]
    assert decisions(trainer.ask(Drop("joe", 3)))[0][1] == Status.REFUSED


def test_a_previous_model_is_promoted_with_the_requested_ramp(trainer: TrainerHarness) -> None:
    (decision, served) = trainer.ask(Promote("ann", 1, ramp_ms=60_000))
    assert isinstance(decision, Promotion)
    assert isinstance(served, Served)
    assert (decision.segment_model, decision.previous_model, decision.status) == (1, 2, Status.PROMOTED)
    assert (decision.trigger, decision.cause) == (Trigger.OPERATOR, Cause.REQUESTED)
    assert (decision.command_id, decision.ramp_ms, decision.n_sampled) == ("ann", 60_000, N)
    assert served.model.version == trainer.state.registry.serving == 1
    assert trainer.state.registry.previous == (1, 2)


def test_a_promotion_without_a_ramp_has_that_of_the_policy(trainer: TrainerHarness) -> None:
    trainer.policy = replace(trainer.policy, ramp_ms=7)
    (decision, _) = trainer.ask(Promote("ann", 1))
    assert isinstance(decision, Promotion)
    assert decision.ramp_ms == 7


def test_a_rollback_serves_the_previous_model_and_pauses_automatic_promotion(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    #  day         2 3                          4
    #  serving     1 by rollback, no refresh    refreshes serve again, after a promotion by hand
    outputs = trainer.ask(Rollback("ann"))
    assert decisions(outputs) == [(1, Status.ROLLED_BACK, Cause.REQUESTED)]
    assert pauses(outputs) == [True]
    assert (
        trainer.state.registry.serving,
        trainer.state.registry.previous,
        trainer.state.rollout.auto_promotion_paused,
    ) == (
        1,
        (),
        True,
    )
    for day in (2, 3):
        trainer.day(population.day(N, at_day(day)))
    assert [decision for outputs in trainer.outputs[1:] for decision in decisions(outputs)] == []
    assert trainer.state.registry.serving == 1
    assert pauses(trainer.ask(Promote("eve", 9))) == [True]  # refused, so it goes on
    assert decisions(trainer.ask(Promote("bob", 1))) == [(1, Status.PROMOTED, Cause.REQUESTED)]
    assert pauses(trainer.outputs[-1]) == [False]
    assert (trainer.state.registry.serving, trainer.state.rollout.auto_promotion_paused) == (1, False)
    assert decisions(trainer.day(population.day(N, at_day(4)))) == [(3, Status.PROMOTED, Cause.REFRESH)]


def test_a_rollback_without_a_previous_model_is_refused(trainer: TrainerHarness) -> None:
    trainer.ask(Rollback("ann"))
    (decision,) = decisions(trainer.ask(Rollback("bob")))
    assert decision == (1, Status.REFUSED, Cause.NO_PREVIOUS_MODEL)


def test_a_rollback_drops_the_candidate(trainer: TrainerHarness) -> None:
    trainer.ask(Refit("ann", 2))
    said = decisions(trainer.ask(Rollback("bob")))
    assert said == [(3, Status.DROPPED, Cause.SUPERSEDED), (1, Status.ROLLED_BACK, Cause.REQUESTED)]
    assert command_ids(trainer.outputs[-1]) == ["bob", "bob"]
    assert trainer.state.rollout.candidate is None


def test_promoting_another_model_than_the_candidate_drops_it(trainer: TrainerHarness) -> None:
    trainer.ask(Refit("ann", 2))
    said = decisions(trainer.ask(Promote("bob", 1)))
    assert said == [
        (3, Status.DROPPED, Cause.SUPERSEDED),
        (1, Status.PROMOTED, Cause.REQUESTED),
    ]
    assert trainer.state.rollout.candidate is None


def test_a_candidate_promoted_by_an_operator_serves_at_once(trainer: TrainerHarness) -> None:
    trainer.ask(Refit("ann", 2))
    outputs = trainer.ask(Promote("bob", 3))
    assert [status for _, status, _ in decisions(outputs)] == [Status.PROMOTED]
    assert len(trainer.serving.ids) == len(trainer.state.segments.ids) == 2
    assert [event.event for event in events(outputs)] == ["merged"]
    samples = [entry.sample for entry in trainer.state.users.reservoir.values()]
    for sample, unknown in zip(samples, assign_samples(trainer.serving, samples)[1].tolist(), strict=True):
        assert unknown or trainer.state.users.home_segments[sample.user] in trainer.serving.ids


def test_during_a_ramp_no_other_model_is_promoted_automatically(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    #  day      1                  2       3       4
    #  ramp     1 serves again     ---------       over
    trainer.ask(Promote("ann", 1, ramp_ms=3 * DAY_MS))
    assert decisions(trainer.ask(Rename("bob", "s-0001", "Drinkers"))) == [
        (1, Status.REFUSED, Cause.ROLLOUT_IN_PROGRESS)
    ]
    days = [decisions(trainer.day(population.day(N, at_day(day)))) for day in (2, 3, 4)]
    assert [[(status, cause) for _, status, cause in outputs][-1] for outputs in days] == [
        (Status.HELD, Cause.ROLLOUT_IN_PROGRESS),
        (Status.HELD, Cause.ROLLOUT_IN_PROGRESS),
        (Status.PROMOTED, Cause.REFRESH),
    ]
    assert decisions(trainer.ask(Rename("eve", "s-0001", "Drinkers")))[0][1] == Status.PROMOTED
