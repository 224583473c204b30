"""Generations: when one begins, what it keeps, and what it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from stream.core.output import Sample
from stream.core.policy import DAY_MS
from stream.core.reserved import UNKNOWN
from stream.training.steps.generation import MASS_FACTOR, SPREAD_MIN, USERS_FACTOR
from stream.training.values.commands import Promote, Refit, Rename, Renew, Rollback
from stream.training.values.health import Figure, HealthWarning
from stream.training.values.lineage import LineageEvent
from stream.training.values.outputs import Output, Published, Retracted, Served
from stream.training.values.promotion import Cause, Promotion, Status, Trigger
from stream.training.values.state import MODELS_KEPT, Extent
from tests.core.planted import MASS, PlantedPopulation, sample
from tests.training.harness import (
    TrainerHarness,
    at_day,
    command_ids,
    decisions,
    events,
    pauses,
    policy_of,
    warnings,
)
from tests.training.steps.conftest import N

GROWN = (Status.PROMOTED, Cause.GROWN)


def of_many(population: PlantedPopulation, day: int, n_more: int = N) -> list[Sample]:
    """Return samples of the N users and of `n_more` others, of the same groups."""
    return [*population.day(N, at_day(day)), *population.day(n_more, at_day(day), name="v")]


def take(trainer: TrainerHarness, samples: Sequence[Sample]) -> tuple[Output, ...]:
    """Learn the samples of a day, however many, as one step."""
    trainer.policy = replace(trainer.policy, batch_samples=len(samples))
    return trainer.day(samples)


def causes(outputs: Sequence[Output]) -> list[tuple[Status, Cause]]:
    """Return status and cause of each decision."""
    return [(status, cause) for _, status, cause in decisions(outputs)]


def promotion(outputs: Sequence[Output]) -> Promotion:
    """Return the one decision."""
    (found,) = (output for output in outputs if isinstance(output, Promotion))
    return found


def test_twice_the_users_begin_a_generation_with_a_scale_of_their_own(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    before = trainer.state
    assert USERS_FACTOR == 2.0
    outputs = take(trainer, of_many(population, 2))
    grown = promotion(outputs)
    assert (grown.segment_model, grown.previous_model, grown.trigger) == (3, 2, Trigger.AUTOMATIC)
    assert (grown.status, grown.cause) == GROWN
    assert (grown.time_ms, grown.ramp_ms, grown.n_sampled, grown.command_id) == (at_day(2), 0, 2 * N, "")
    assert not trainer.serving.scaler.equals(before.segments.scaler)
    assert trainer.serving.scaler.equals(trainer.state.segments.scaler)
    assert trainer.state.segments.extent == Extent(2 * N, MASS)
    assert [output.model.version for output in outputs if isinstance(output, Published)] == [3]
    (served,) = (output for output in outputs if isinstance(output, Served))
    assert served.model is trainer.serving
    assert served.previous is not None
    assert served.previous.version == 2


def test_groups_that_stay_keep_their_ids_without_an_event(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    before, next_id = dict(trainer.current_segments), trainer.state.segments.next_id
    outputs = take(trainer, of_many(population, 2))
    assert sorted(trainer.serving.ids) == ["s-0001", "s-0002", "s-0003", "s-0004"]
    assert events(outputs) == []
    assert promotion(outputs).share_moved <= 2 * trainer.policy.unknown_rate
    moved = [(before[user], now) for user, now in trainer.current_segments.items() if now != before.get(user, now)]
    assert {now for _, now in moved} <= {UNKNOWN}, "nobody is in another group's segment"
    assert len(moved) <= 0.02 * N
    assert trainer.state.segments.next_id == next_id


def test_a_group_that_comes_with_the_growth_is_born_and_is_all_the_lineage(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    other = PlantedPopulation((1.0,), seed=9, spread=0.05)
    outputs = take(trainer, [*population.day(N, at_day(2)), *other.day(N, at_day(2), name="v")])
    assert causes(outputs) == [GROWN]
    assert [(e.event, e.segment, e.parents) for e in events(outputs)] == [(LineageEvent.BORN, "s-0005", ())]
    assert sorted(trainer.serving.ids) == ["s-0001", "s-0002", "s-0003", "s-0004", "s-0005"]
    assert {trainer.current_segments[f"v{at}"] for at in range(N)} == {"s-0005"}
    assert trainer.state.segments.next_id == 6


def test_models_of_the_generation_before_can_not_serve_again(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    assert sorted(trainer.state.registry.models) == [1, 2]
    outputs = take(trainer, of_many(population, 2))
    assert [output.version for output in outputs if isinstance(output, Retracted)] == [1, 2]
    registry = trainer.state.registry
    assert (list(registry.models), registry.serving, registry.previous, registry.newest) == ([3], 3, (), 3)
    assert causes(trainer.ask(Promote("ann", 2))) == [(Status.REFUSED, Cause.NO_SUCH_MODEL)]
    assert causes(trainer.ask(Rollback("bob"))) == [(Status.REFUSED, Cause.NO_PREVIOUS_MODEL)]


def test_as_many_models_as_are_kept_are_all_retracted(trainer: TrainerHarness) -> None:
    for at in range(MODELS_KEPT):
        trainer.ask(Rename(f"r{at}", "s-0002", f"name {at}"))
    before = sorted(trainer.state.registry.models)
    assert len(before) >= MODELS_KEPT
    outputs = trainer.ask(Renew("ann"))
    assert [output.version for output in outputs if isinstance(output, Retracted)] == before


@pytest.mark.parametrize(("n_more", "begins"), [(N - 1, False), (N, True)])
def test_less_than_twice_the_users_begin_nothing(
    trainer: TrainerHarness, population: PlantedPopulation, n_more: int, begins: bool
) -> None:
    assert (GROWN in causes(take(trainer, of_many(population, 2, n_more)))) is begins


@pytest.mark.parametrize(("factor", "begins"), [(1.0, False), (1.49, False), (1.5, True), (4.0, True)])
def test_windows_that_hold_half_as_much_again_begin_a_generation(factor: float, begins: bool) -> None:
    assert MASS_FACTOR == 1.5
    population, trainer = PlantedPopulation(), TrainerHarness(policy_of(N))
    trainer.day([replace(s, mass=8.0) for s in population.day(N, at_day(0))])
    outputs = trainer.day([replace(s, mass=8.0 * factor) for s in population.day(N, at_day(1))])
    assert (GROWN in causes(outputs)) is begins
    assert trainer.state.segments.extent.mass == 8.0 * (factor if begins else 1.0)


def test_the_next_generation_needs_twice_the_users_again(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    said = [GROWN in causes(take(trainer, of_many(population, day, n))) for day, n in ((2, N), (3, N), (4, 2 * N))]
    assert said == [True, False, False]
    assert GROWN in causes(take(trainer, of_many(population, 5, 3 * N)))


def test_users_who_leave_and_return_begin_no_second_generation(population: PlantedPopulation) -> None:
    #  day      0  1   2  3  4  5  6   7
    #  users    N  2N  N  N  N  N  2N  2N   and a user not seen for two days is no longer sampled
    trainer = TrainerHarness(policy_of(N, reservoir_ms=2 * DAY_MS))
    sizes, said = [], []
    for day, n_more in enumerate((0, N, 0, 0, 0, 0, N, N)):
        samples = of_many(population, day, n_more) if n_more else population.day(N, at_day(day))
        said.append(GROWN in causes(take(trainer, samples) if day else trainer.day(samples)))
        sizes.append(len(trainer.state.users.reservoir))
    assert min(sizes[2:6]) == N
    assert said == [False, True] + [False] * 6


def test_a_generation_of_fewer_users_keeps_the_number_of_the_most(population: PlantedPopulation) -> None:
    trainer = TrainerHarness(policy_of(2 * N, reservoir_ms=DAY_MS))
    trainer.day([replace(s, mass=8.0) for s in of_many(population, 0)])
    for day in (1, 2, 3):
        outputs = take(trainer, [replace(s, mass=4.0 * day) for s in population.day(N, at_day(day))])
    assert GROWN in causes(outputs)
    assert trainer.state.segments.extent == Extent(2 * N, 12.0)


def test_after_a_rollback_no_generation_begins_until_a_promotion(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    trainer.ask(Rollback("ann"))
    assert GROWN not in causes(take(trainer, of_many(population, 2)))
    trainer.ask(Promote("bob", 1))
    assert GROWN in causes(take(trainer, of_many(population, 3)))


def test_during_a_ramp_no_generation_begins(trainer: TrainerHarness, population: PlantedPopulation) -> None:
    #  day      1                  2       3       4
    #  ramp     1 serves again     ---------       over
    trainer.ask(Promote("ann", 1, ramp_ms=3 * DAY_MS))
    assert [GROWN in causes(take(trainer, of_many(population, day))) for day in (2, 3, 4)] == [False, False, True]


def test_without_adaptation_no_generation_begins(trainer: TrainerHarness, population: PlantedPopulation) -> None:
    trainer.policy = replace(trainer.policy, adapt=False)
    scaler = trainer.state.segments.scaler
    assert GROWN not in causes(take(trainer, of_many(population, 2)))
    assert trainer.state.segments.scaler is scaler


@pytest.mark.parametrize(
    ("n_strangers", "clusterer", "begins"), [(40, "kmeans", False), (60, "kmeans", True), (60, "hdbscan", False)]
)
def test_a_quarter_of_the_users_unknown_begin_a_generation_unless_noise_is_meant_to_be(
    n_strangers: int, clusterer: str, begins: bool
) -> None:
    #  40 of 190 are 21 %, 60 of 210 are 29 %
    population, other = PlantedPopulation(spread=0.05), PlantedPopulation((1.0,), seed=9, spread=0.05)
    trainer = TrainerHarness(policy_of(N, clusterer=clusterer))
    trainer.day(population.day(N, at_day(0)))
    outputs = take(trainer, [*population.day(N, at_day(1)), *other.day(n_strangers, at_day(1), name="v")])
    assert trainer.state.health is not None
    assert trainer.state.health.unknown_share >= n_strangers / (N + n_strangers)
    assert (GROWN in causes(outputs)) is begins
    assert ("s-0005" in trainer.serving.ids) is begins


def test_a_waiting_candidate_is_superseded(trainer: TrainerHarness, population: PlantedPopulation) -> None:
    trainer.ask(Refit("ann", 2))
    outputs = take(trainer, of_many(population, 2))
    assert decisions(outputs) == [(3, Status.DROPPED, Cause.SUPERSEDED), (4, *GROWN)]
    assert trainer.state.rollout.candidate is None
    assert [output.version for output in outputs if isinstance(output, Retracted)] == [1, 2, 3]


def test_names_set_by_operators_survive(trainer: TrainerHarness, population: PlantedPopulation) -> None:
    trainer.ask(Rename("ann", "s-0002", "Bakers"))
    assert GROWN in causes(take(trainer, of_many(population, 2)))
    named = dict(zip(trainer.serving.ids, trainer.serving.descriptions, strict=True))
    assert (named["s-0002"].name, named["s-0002"].edited) == ("Bakers", True)
    assert [segment for segment, each in named.items() if each.edited] == ["s-0002"]
    trainer.ask(Rename("bob", "s-0002", ""))
    assert trainer.serving.descriptions[trainer.serving.ids.index("s-0002")].name == "Bread rolls"


def test_a_generation_is_reported_after_the_health_that_led_to_it(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    kinds = [type(output).__name__ for output in take(trainer, of_many(population, 2))]
    assert kinds[0] == "Health"
    assert kinds[-5:] == ["Published", "Promotion", "Served", "Retracted", "Retracted"]


def test_a_generation_is_renewed_by_a_command(trainer: TrainerHarness) -> None:
    trainer.policy = replace(trainer.policy, churn_budget=0.0)
    outputs = trainer.ask(Renew("ann"))
    renewed = promotion(outputs)
    assert (renewed.segment_model, renewed.status, renewed.cause) == (3, Status.PROMOTED, Cause.RENEWED)
    assert (renewed.trigger, renewed.command_id, renewed.n_sampled) == (Trigger.OPERATOR, "ann", N)
    assert sorted(trainer.serving.ids) == ["s-0001", "s-0002", "s-0003", "s-0004"]
    assert [output.version for output in outputs if isinstance(output, Retracted)] == [1, 2]


def test_a_renewal_works_while_automatic_promotion_is_paused_and_resumes_it(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    trainer.ask(Rollback("ann"))
    assert trainer.state.rollout.auto_promotion_paused
    outputs = trainer.ask(Renew("bob"))
    assert causes(outputs) == [(Status.PROMOTED, Cause.RENEWED)]
    assert pauses(outputs) == [False]
    assert (Status.PROMOTED, Cause.REFRESH) in causes(trainer.day(population.day(N, at_day(2))))


def test_a_renewal_works_during_a_ramp_which_ends(trainer: TrainerHarness, population: PlantedPopulation) -> None:
    trainer.ask(Promote("ann", 1, ramp_ms=9 * DAY_MS))
    assert causes(trainer.ask(Renew("bob"))) == [(Status.PROMOTED, Cause.RENEWED)]
    assert (Status.PROMOTED, Cause.REFRESH) in causes(trainer.day(population.day(N, at_day(2))))


def test_a_renewal_drops_the_candidate_with_its_command_id(trainer: TrainerHarness) -> None:
    trainer.ask(Refit("ann", 2))
    outputs = trainer.ask(Renew("bob"))
    assert decisions(outputs) == [
        (3, Status.DROPPED, Cause.SUPERSEDED),
        (4, Status.PROMOTED, Cause.RENEWED),
    ]
    assert command_ids(outputs) == ["bob", "bob"]


def test_a_repeated_renewal_does_nothing(trainer: TrainerHarness) -> None:
    trainer.ask(Renew("ann"))
    state = trainer.state
    assert trainer.ask(Renew("ann")) == ()
    assert trainer.state is state
    assert decisions(trainer.ask(Renew("bob"))) == [(4, Status.PROMOTED, Cause.RENEWED)]


def test_a_renewal_before_the_warm_up_or_without_users_is_refused(trainer: TrainerHarness) -> None:
    fresh = TrainerHarness(policy_of(N))
    assert decisions(fresh.ask(Renew("ann"))) == [(0, Status.REFUSED, Cause.NO_MODEL_YET)]
    assert fresh.trained is None
    trainer.trained = replace(trainer.state, users=replace(trainer.state.users, reservoir={}))
    assert decisions(trainer.ask(Renew("bob"))) == [(2, Status.REFUSED, Cause.EMPTY_RESERVOIR)]


def test_after_a_renewal_growth_is_measured_from_the_users_of_then(population: PlantedPopulation) -> None:
    #  day      0   1  2  3          4
    #  users    2N  N  N  N, renewed 2N   and a user not seen for two days is no longer sampled
    trainer = TrainerHarness(policy_of(2 * N, reservoir_ms=DAY_MS))
    trainer.day(of_many(population, 0))
    for day in (1, 2, 3):
        take(trainer, population.day(N, at_day(day)))
    trainer.ask(Renew("ann"))
    assert trainer.state.segments.extent == Extent(N, MASS)
    assert GROWN in causes(take(trainer, of_many(population, 4)))


def test_a_generation_of_users_who_hardly_differ_is_a_warning() -> None:
    trainer = TrainerHarness(policy_of(20))
    alike = [replace(sample(), user=f"u{at}") for at in range(20)]
    first = trainer.day(alike)
    again = trainer.ask(Renew("ann"))
    for version, outputs in enumerate((first, again), 1):
        (warning,) = (output for output in outputs if isinstance(output, HealthWarning))
        assert (warning.figure, warning.subject, warning.segment_model) == (Figure.SPREAD, "", version)
        assert (warning.value, warning.threshold) == (0.0, SPREAD_MIN)


def test_a_generation_of_users_who_differ_is_no_warning(trainer: TrainerHarness, population: PlantedPopulation) -> None:
    grown = take(trainer, of_many(population, 2))
    for outputs in (grown, trainer.ask(Renew("ann"))):
        assert Figure.SPREAD not in [figure for figure, _ in warnings(outputs)]
