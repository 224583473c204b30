"""Changes of planted users over some weeks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from stream.core.policy import DAY_MS
from stream.training.values.lineage import Lineage
from stream.training.values.outputs import Output
from stream.training.values.structure_change import ChangeKind, StructureChange
from tests.core.planted import N_SEMANTIC, PlantedPopulation
from tests.training.harness import TrainerHarness, at_day, events, policy_of

SPLIT = StructureChange(ChangeKind.SPLIT, ("s-0001",))  # what `parting` leads to
SLOW = {"learning_half_life_ms": DAY_MS, "churn_budget": 0.5}


def stationary(trainer: TrainerHarness, n_days: int, population: PlantedPopulation) -> None:
    """Train on the same users, unchanged, day after day."""
    for day in range(n_days):
        trainer.day(population.day(trainer.policy.batch_samples, at_day(day)))


def parting(trainer: TrainerHarness, n_days: int, first: int = 0, seed: int = 1) -> Iterator[tuple[Output, ...]]:
    """From the fourth day on half of the users of the first segment, 75 of 300, drift away from the others."""
    population = PlantedPopulation((0.25, 0.25, 0.3, 0.2), seed, spread=0.08)
    for half in (population.explicit, population.semantic):
        half[1] = half[0]
    start = population.semantic[0].copy()
    away = np.linalg.qr(np.random.default_rng(seed + 50).normal(size=(N_SEMANTIC, N_SEMANTIC)))[0][7]
    for day in range(n_days):
        population.semantic[1] = start + away * 0.1 * max(0, min(10, day - 2))
        yield trainer.day(population.day(300, at_day(first + day)))


def meeting(trainer: TrainerHarness, n_days: int, seed: int) -> None:
    """From the fourth day on the second group comes to the first."""
    population = PlantedPopulation((0.3, 0.3, 0.25, 0.15), seed, spread=0.1)
    explicit, semantic = population.explicit[1].copy(), population.semantic[1].copy()
    for day in range(n_days):
        way = 0.05 * max(0, min(20, day - 2))
        population.explicit[1] = (1 - way) * explicit + way * population.explicit[0]
        population.semantic[1] = (1 - way) * semantic + way * population.semantic[0]
        trainer.day(population.day(300, at_day(day)))


def arriving(trainer: TrainerHarness, n_days: int, seed: int) -> None:
    """From the fourth day on 44 new users of a fourth group arrive."""
    population = PlantedPopulation(seed=seed, spread=0.08)
    for day in range(n_days):
        samples = [s for s in population.day(440, at_day(day)) if day > 2 or int(s.user[1:]) < 396]
        trainer.day((samples + samples)[:400])


def leaving(trainer: TrainerHarness, n_days: int) -> None:
    """Everyone is the same every day, but from day 3 on the fourth group, 20 of 200, is not seen any more."""
    samples = PlantedPopulation(spread=0.05).day(200)
    for day in range(n_days):
        here = [replace(s, time_ms=at_day(day)) for s in samples if day < 3 or int(s.user[1:]) < 180]
        trainer.day((here + here)[:200])


def held() -> TrainerHarness:
    """A split that would move a quarter of the users, where a tenth may be."""
    trainer = TrainerHarness(policy_of(300, learning_half_life_ms=DAY_MS, churn_budget=0.1))
    for _ in parting(trainer, 14):
        pass
    return trainer


def told_once(trainer: TrainerHarness) -> list[Lineage]:
    """The lineage after the warm-up."""
    return [event for outputs in trainer.outputs[1:] for event in events(outputs)]
