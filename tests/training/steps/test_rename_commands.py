"""Renames by operators: they last through reviews, refits and rollbacks."""

from __future__ import annotations

from dataclasses import replace

from stream.training.values.commands import Promote, Refit, Rename, Rollback
from stream.training.values.promotion import Cause, Status
from stream.training.values.state import MODELS_KEPT
from tests.core.planted import PlantedPopulation, bits
from tests.training.harness import TrainerHarness, at_day, decisions, events, pauses
from tests.training.steps.conftest import N


def test_a_rename_after_a_rollback_does_not_resume_automatic_promotion(trainer: TrainerHarness) -> None:
    trainer.ask(Rollback("ann"))
    assert pauses(trainer.ask(Rename("bob", "s-0001", "Drinkers"))) == [True]
    assert trainer.state.rollout.auto_promotion_paused


def test_an_edited_name_is_kept_through_later_reviews_until_it_is_reset(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    own = trainer.serving.name_of("s-0002")
    outputs = trainer.ask(Rename("ann", "s-0002", "Bakers"))
    assert decisions(outputs) == [(3, Status.PROMOTED, Cause.RENAMED)]
    assert events(outputs) == []
    assert trainer.serving == replace(
        trainer.state.registry.models[2],
        version=3,
        descriptions=tuple(
            replace(d, name="Bakers", edited=True) if i == "s-0002" else d
            for i, d in zip(trainer.serving.ids, trainer.state.registry.models[2].descriptions, strict=True)
        ),
    )
    for day in (2, 3):
        trainer.day(population.day(N, at_day(day)))
        assert (trainer.serving.version, trainer.serving.name_of("s-0002")) == (day + 2, "Bakers")
    trainer.ask(Rename("bob", "s-0002", ""))
    assert trainer.serving.name_of("s-0002") == own
    assert not trainer.serving.descriptions[1].edited
    trainer.day(population.day(N, at_day(4)))
    assert trainer.serving.name_of("s-0002") == own


def test_a_name_survives_a_refit_and_a_promotion(trainer: TrainerHarness) -> None:
    trainer.ask(Rename("ann", "s-0002", "Bakers"))
    trainer.ask(Refit("bob", seed=5))
    assert trainer.state.rollout.candidate is not None
    trainer.ask(Promote("eve", trainer.state.rollout.candidate.version))
    assert trainer.serving.name_of("s-0002") == "Bakers"


def test_a_rename_is_skipped_by_a_rollback_and_keeps_the_candidate(trainer: TrainerHarness) -> None:
    trainer.ask(Refit("ann", 2))
    waits = trainer.state.rollout.candidate
    trainer.ask(Rename("bob", "s-0001", "Drinkers"))
    assert trainer.state.registry.previous == (1,)
    assert waits is not None
    assert trainer.state.rollout.candidate is not None
    assert replace(trainer.state.rollout.candidate, version=waits.version) == waits
    renamed = trainer.state.registry.models[trainer.state.rollout.candidate.version]
    assert [(d.name, d.edited) for s, d in zip(renamed.ids, renamed.descriptions, strict=True) if s == "s-0001"] in (
        [("Drinkers", True)],
        [],
    )
    said = decisions(trainer.ask(Rollback("eve")))
    assert said[-1][1:] == (Status.ROLLED_BACK, Cause.REQUESTED_RENAMED)
    back, first = trainer.serving, trainer.state.registry.models[1]
    assert back.ids == first.ids  # what served before the rename, under the name that was given since
    assert bits(back.centroids) == bits(first.centroids)
    assert back.name_of("s-0001") == "Drinkers"
    assert not trainer.state.registry.previous


def test_a_rollback_restores_the_model_before_any_number_of_renames(trainer: TrainerHarness) -> None:
    for at in range(MODELS_KEPT + 2):
        trainer.ask(Rename(f"r{at}", "s-0001", f"name {at}"))
    assert len(trainer.state.registry.models) == MODELS_KEPT + 1  # the newest, and version 1
    first = trainer.state.registry.models[1]
    assert [status for _, status, _ in decisions(trainer.ask(Rollback("ann")))] == [Status.ROLLED_BACK]
    assert bits(trainer.serving.centroids) == bits(first.centroids)


def test_a_rename_keeps_all_three_previous_models(trainer: TrainerHarness, population: PlantedPopulation) -> None:
    #  version   1 to 4 serve in turn   then 20 that wait and are dropped, one after the other, and a name
    for day in (2, 3):
        trainer.day(population.day(N, at_day(day)))
    for at in range(MODELS_KEPT):
        trainer.ask(Refit(f"r{at}", 2))
    assert (trainer.state.registry.serving, trainer.state.registry.previous) == (4, (1, 2, 3))
    trainer.ask(Rename("ann", "s-0001", "Drinkers"))
    assert {1, 2, 3} <= set(trainer.state.registry.models)
