"""Refits by operators: proposed, held, replaced."""

from __future__ import annotations

from dataclasses import replace

from stream.training.values.commands import Refit, Rollback
from stream.training.values.lineage import LineageEvent
from stream.training.values.outputs import Published
from stream.training.values.promotion import Cause, Promotion, Status, Trigger
from tests.core.planted import PlantedPopulation
from tests.training.harness import TrainerHarness, at_day, decisions
from tests.training.steps.conftest import N


def test_a_refit_after_a_rollback_is_held_and_no_refresh_replaces_it(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    trainer.ask(Rollback("ann"))
    trainer.ask(Refit("bob", 3))
    said = [decisions(trainer.day(population.day(N, at_day(day)))) for day in (2, 3, 4)]
    assert said == [[], [(3, Status.HELD, Cause.AUTO_PROMOTION_PAUSED)], []]


def test_a_refit_is_proposed_and_promoted_as_any_candidate(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    outputs = trainer.ask(Refit("ann", 2, seed=3))
    (published, proposal) = outputs
    assert isinstance(published, Published)
    assert isinstance(proposal, Promotion)
    assert (proposal.segment_model, proposal.status, proposal.trigger) == (3, Status.PROPOSED, Trigger.OPERATOR)
    assert (proposal.cause, proposal.command_id, proposal.changes) == (Cause.REFIT, "ann", ())
    assert len(published.model.ids) == 2
    assert trainer.state.registry.serving == 2
    assert {event.event for event in proposal.lineage} <= {
        LineageEvent.MERGED,
        LineageEvent.BORN,
        LineageEvent.RETIRED,
        LineageEvent.SPLIT,
    }
    assert proposal.share_moved > 0.09  # at least the smallest group is another segment's now
    trainer.policy = replace(trainer.policy, churn_budget=1.0)
    said = [decisions(trainer.day(population.day(N, at_day(day)))) for day in (2, 3)]
    assert said == [[(4, Status.PROMOTED, Cause.REFRESH)], [(3, Status.PROMOTED, Cause.REFIT)]]
    assert trainer.serving.ids == published.model.ids


def test_a_refit_of_the_same_users_with_another_seed_changes_no_id(trainer: TrainerHarness) -> None:
    for seed in (1, 2):
        *_, published, proposal = trainer.ask(Refit(f"r{seed}", seed=seed))
        assert isinstance(published, Published)
        assert isinstance(proposal, Promotion)
        assert sorted(published.model.ids) == ["s-0001", "s-0002", "s-0003", "s-0004"]
        assert (proposal.lineage, proposal.share_moved) == ((), 0.0)
    assert decisions(trainer.outputs[1])[0] == (3, Status.DROPPED, Cause.SUPERSEDED)


def test_ids_of_a_dropped_refit_are_never_used_again(trainer: TrainerHarness) -> None:
    fresh: set[str] = set()
    for at, k in enumerate((9, 10, 9)):
        published, *_ = (o for o in trainer.ask(Refit(f"r{at}", k)) if isinstance(o, Published))
        new = {segment for segment in published.model.ids if segment not in trainer.state.segments.ids}
        assert new
        assert not new & fresh
        fresh |= new
    assert trainer.state.segments.next_id == 5 + len(fresh)
