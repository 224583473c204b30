"""A refit keeps rare segments and those named by operators."""

from __future__ import annotations

import pytest

from stream.training.values.commands import Refit, Rename
from stream.training.values.outputs import Published
from tests.core.planted import PlantedPopulation
from tests.training.harness import TrainerHarness, at_day, policy_of

N = 400
RING = "s-0004"  # the smallest of four groups: 12 users


@pytest.fixture
def population() -> PlantedPopulation:
    return PlantedPopulation(shares=(0.5, 0.3, 0.17, 0.03))


@pytest.fixture
def trainer(population: PlantedPopulation) -> TrainerHarness:
    """A trainer that has found four groups, of which the last is the ring."""
    trainer = TrainerHarness(policy_of(N, rare_share=0.05))
    trainer.day(population.day(N, at_day(0)))
    assert [d.rare for d in trainer.serving.descriptions] == [False, False, False, True]
    return trainer


def refit_segments(trainer: TrainerHarness, k: int) -> tuple[str, ...]:
    (published, *_) = (output for output in trainer.ask(Refit(f"ann-{k}", k)) if isinstance(output, Published))
    return published.model.ids


@pytest.mark.parametrize("k", [1, 2, 3])
def test_rare_segments_survive_a_refit_with_fewer_segments(trainer: TrainerHarness, k: int) -> None:
    ids = refit_segments(trainer, k)
    assert RING in ids
    assert len(ids) == k + 1
    ring = trainer.state.registry.models[2].ids.index(RING)
    assert trainer.state.registry.models[2].descriptions[ring].n_users == 12


def test_segments_named_by_an_operator_survive_a_refit_with_fewer_segments(trainer: TrainerHarness) -> None:
    trainer.ask(Rename("ann", "s-0003", "Weekend cooks"))
    ids = refit_segments(trainer, 1)
    assert {"s-0003", RING} <= set(ids)
    assert len(ids) == 3


def test_no_segment_is_added_if_the_refit_has_a_cluster_of_its_users(trainer: TrainerHarness) -> None:
    assert sorted(refit_segments(trainer, 4)) == ["s-0001", "s-0002", "s-0003", RING]


def test_other_segments_may_be_absorbed_by_a_refit(trainer: TrainerHarness) -> None:
    trainer.policy = policy_of(N, rare_share=0.0)
    trainer.day(PlantedPopulation(shares=(0.5, 0.3, 0.17, 0.03)).day(N, at_day(1)))
    assert not any(d.rare for d in trainer.serving.descriptions)
    assert len(refit_segments(trainer, 2)) == 2
