"""A trainer with four segments after two days, for the tests of commands."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from tests.core.planted import PlantedPopulation
from tests.training.harness import TrainerHarness, at_day, policy_of

N = 150


@pytest.fixture(scope="module")
def known() -> tuple[TrainerHarness, PlantedPopulation]:
    """Four groups of 60, 45, 30 and 15 users after two days: version 2 serves, 1 did before."""
    population, trainer = PlantedPopulation(spread=0.05), TrainerHarness(policy_of(N))
    for day in range(2):
        trainer.day(population.day(N, at_day(day)))
    return trainer, population


@pytest.fixture
def trainer(known: tuple[TrainerHarness, PlantedPopulation]) -> TrainerHarness:
    """Return a copy of the trainer for each test."""
    return replace(known[0], current_segments=dict(known[0].current_segments), outputs=[])


@pytest.fixture
def population(known: tuple[TrainerHarness, PlantedPopulation]) -> PlantedPopulation:
    return copy.deepcopy(known[1])
