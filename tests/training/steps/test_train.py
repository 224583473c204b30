"""Training as a function of values."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from stream.core.decision.overrides import Override
from stream.core.profile import Profiles
from stream.training.steps.train import execute, learnable, needed, train
from stream.training.values.commands import Command, Forget, Promote, Refit, Rename, Rollback
from stream.training.values.health import Health
from stream.training.values.promotion import Cause, Promotion, Status, Trigger
from stream.training.values.state import TrainerState
from tests.core.planted import MASS, N_SEMANTIC, PlantedPopulation, assign_samples, bits, sample
from tests.training.harness import TrainerHarness, at_day, config_of, events, policy_of

N = 200


def lived(n_days: int, spread: float = 0.05, **policy: float | bool | str) -> TrainerHarness:
    """So many days of four groups of 80, 60, 40 and 20 users."""
    population, trainer = PlantedPopulation(spread=spread), TrainerHarness(policy_of(N, **policy))
    for day in range(n_days):
        trainer.day(population.day(N, at_day(day)))
    return trainer


def test_ids_and_names_stay_and_versions_count_over_days() -> None:
    trainer = lived(8)
    promotions = [o for outputs in trainer.outputs for o in outputs if isinstance(o, Promotion)]
    assert {trainer.state.registry.models[v].ids for v in range(1, 9)} == {("s-0001", "s-0002", "s-0003", "s-0004")}
    assert {trainer.state.registry.models[v].name_of("s-0002") for v in range(1, 9)} == {
        trainer.serving.name_of("s-0002")
    }
    assert [(p.segment_model, p.previous_model, p.status) for p in promotions] == [
        (v, v - 1, Status.PROMOTED) for v in range(1, 9)
    ]
    assert len(events([o for outputs in trainer.outputs for o in outputs])) == 4


def test_the_same_inputs_give_the_same_bits_whatever_the_number_of_threads() -> None:
    results = set()
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            trainer = lived(2, spread=0.4)
            results.add(bits((trainer.state, tuple(trainer.outputs))))
    assert len(results) == 1


def test_a_state_rebuilt_in_another_order_trains_on_like_the_continuous_one() -> None:
    continuous = lived(4, spread=0.4)
    population, trainer = PlantedPopulation(spread=0.4), TrainerHarness(policy_of(N))
    for day in range(4):
        trainer.day(population.day(N, at_day(day)))
        assert bits(trainer.outputs[-1]) == bits(continuous.outputs[day])
        trainer.trained = rebuilt(trainer.state)
    assert bits(ordered(trainer.state)) == bits(ordered(continuous.state))


def ordered(state: TrainerState) -> TrainerState:
    """Return the state with its mappings in the order of their keys."""
    users, registry = state.users, state.registry
    homes, models = dict(sorted(users.home_segments.items())), dict(sorted(registry.models.items()))
    users = replace(users, reservoir=dict(sorted(users.reservoir.items())), home_segments=homes)
    return replace(state, users=users, registry=replace(registry, models=models))


def rebuilt(state: TrainerState) -> TrainerState:
    """Return an equal state of new values, its mappings in another order."""
    users, registry = state.users, state.registry
    return replace(
        copy.deepcopy(state),
        users=replace(
            users,
            reservoir=dict(reversed(dict(users.reservoir).items())),
            home_segments=dict(sorted(users.home_segments.items())),
        ),
        registry=replace(registry, models=dict(reversed(dict(registry.models).items()))),
    )


def test_training_changes_no_argument() -> None:
    trainer = lived(2)
    before = bits(trainer.state)
    train(trainer.state, PlantedPopulation(seed=4).day(N, at_day(2)), config_of(trainer.policy))
    execute(trainer.state, Refit("r", 3), config_of(trainer.policy))
    assert bits(trainer.state) == before


def test_a_rare_group_keeps_its_centroid_and_is_called_rare() -> None:
    population, trainer = (
        PlantedPopulation((0.6, 0.38, 0.02)),
        TrainerHarness(policy_of(600, n_segments=3, rare_share=0.03)),
    )
    middle = Profiles(population.explicit[2:], population.semantic[2:].astype(np.float32), np.array([MASS], np.float32))
    for day in range(6):
        trainer.day(population.day(600, at_day(day)))
        near = np.linalg.norm(trainer.serving.scaler.transform(middle) - trainer.serving.centroids, axis=1)
        assert near[2] < 0.1 * near[:2].min()
        assert [d.rare for d in trainer.serving.descriptions] == [False, False, True]


@pytest.mark.parametrize("unknown_rate", [0.01, 0.05])
def test_about_the_stated_share_of_other_users_is_unknown_and_far_users_are(unknown_rate: float) -> None:
    population, trainer = (
        PlantedPopulation(spread=0.2),
        TrainerHarness(policy_of(800, unknown_rate=unknown_rate, n_segments=4)),
    )
    for day in range(3):
        trainer.day(population.day(800, at_day(day)))
        _, unknown = assign_samples(trainer.serving, population.draw(3000)[0])
        assert unknown_rate / 2.5 < unknown.mean() < unknown_rate * 2.5
    far = [replace(s, semantic=-s.semantic, explicit=-9 * s.explicit) for s in population.draw(200)[0]]
    assert assign_samples(trainer.serving, far)[1].mean() > 0.99


LONG = replace(sample(), semantic=np.zeros(N_SEMANTIC + 1, np.float32))


def test_a_sample_can_be_learned_if_it_is_finite_and_of_the_shape_of_those_before() -> None:
    config = config_of(policy_of(6))
    bad = [
        sample((1.0, 2.0)),
        sample((float("nan"), 0.0, 0.0)),
        replace(sample(), semantic=np.full(N_SEMANTIC, np.inf, np.float32)),
    ]
    trainer = TrainerHarness(policy_of(30))
    trainer.day(PlantedPopulation().day(30))
    for state in (None, trainer.state):
        assert [learnable(each, state, config) for each in [*bad, sample()]] == [False, False, False, True]
        assert not learnable(sample(), state, replace(config, features=(*config.features, "share_post")))
    assert [learnable(LONG, state, config) for state in (None, trainer.state)] == [True, False]


def test_at_a_warm_up_samples_with_vectors_of_another_width_than_most_are_skipped_and_counted() -> None:
    good = [sample((1.0, 0.0, 0.0)), sample(direction=1), sample(direction=1)]
    first = train(None, [LONG, *good, LONG], config_of(policy_of(5)))
    alone = train(None, good, config_of(policy_of(3)))
    assert (first.n_skipped, alone.n_skipped) == (2, 0)
    assert bits(first.state) == bits(alone.state)


def test_the_share_moved_follows_the_overrides_of_single_segments() -> None:
    #  model 9 has the two segments in each other's places: everyone is a hundred times nearer to the other
    population, trainer = PlantedPopulation((0.6, 0.4), spread=0.01), TrainerHarness(policy_of(60, n_segments=2))
    for day in range(2):
        trainer.day(population.day(60, at_day(day)))
    serving = replace(trainer.serving, thresholds=trainer.serving.thresholds * 99)  # no user is unknown
    swapped = replace(serving, version=9, centroids=serving.centroids[::-1])
    models = {**trainer.state.registry.models, serving.version: serving, 9: swapped}
    state = replace(trainer.state, registry=replace(trainer.state.registry, models=models))
    config = config_of(trainer.policy)
    for overrides, moved in (
        ((), 1.0),
        ((Override("s-0001", leave_margin=0.999),), 0.4),
        ((Override("s-0001", leave_margin=0.999), Override("s-0002", leave_margin=0.999)), 0.0),
    ):
        result = execute(state, Promote("ann", 9), replace(config, overrides=overrides))
        (decision,) = (o for o in result.outputs if isinstance(o, Promotion) and o.status is Status.PROMOTED)
        assert decision.share_moved == pytest.approx(moved)


def test_one_sample_from_the_future_that_waits_does_not_move_the_time_of_a_execute() -> None:
    trainer = lived(2)
    day = [replace(sample(), time_ms=at_day(2) + at) for at in range(8)]
    far = replace(sample(), time_ms=at_day(3650))
    for waiting, time_ms in (([far], at_day(1)), ([*day, far], at_day(2) + 6), ([far, *day[:1]], at_day(2))):
        result = execute(trainer.state, Promote("ann", 1, ramp_ms=60_000), config_of(trainer.policy), waiting)
        (decision,) = (o for o in result.outputs if isinstance(o, Promotion))
        assert (decision.status, decision.time_ms) == (Status.PROMOTED, time_ms)
        assert result.state is not None
        assert result.state.rollout.ramp_ends_ms == time_ms + 60_000


def test_a_review_comes_once_in_its_period() -> None:
    population, trainer = PlantedPopulation(), TrainerHarness(policy_of(50))
    hours = [trainer.day(population.day(50, at_day(0) + hour * 3_600_000)) for hour in (0, 8, 16, 24, 30, 47, 48)]
    assert [any(isinstance(o, Health) for o in outputs) for outputs in hours] == [
        False, False, False, True, False, False, True,
    ]  # fmt: skip
    assert hours[1] == hours[2] == ()


def test_a_step_takes_exactly_the_samples_it_needs() -> None:
    config = config_of(policy_of(30, batch_samples=20))
    trainer = TrainerHarness(config.policy)
    trainer.day(PlantedPopulation().day(30))
    assert (needed(None, config), needed(trainer.state, config)) == (30, 20)
    with pytest.raises(ValueError, match="takes 30 samples, got 3"):
        train(None, [sample()] * 3, config)


def test_a_state_of_another_encoder_or_other_features_needs_a_warm_up() -> None:
    config = config_of(policy_of(30, batch_samples=20))
    trainer = TrainerHarness(config.policy)
    trainer.day(PlantedPopulation().day(30))
    assert needed(trainer.state, replace(config, encoder="e2")) == 30
    assert needed(trainer.state, replace(config, features=("recency",))) == 30


@pytest.mark.parametrize("asked", [Promote("ann", 1), Rollback("ann"), Refit("ann"), Rename("ann", "s-0001", "x")])
def test_before_the_warm_up_a_command_is_refused(asked: Command) -> None:
    result = execute(None, asked, config_of(policy_of(9)))
    (decision,) = result.outputs
    assert isinstance(decision, Promotion)
    assert (decision.status, decision.trigger, decision.segment_model) == (Status.REFUSED, Trigger.OPERATOR, 0)
    assert (decision.cause, decision.command_id) == (Cause.NO_MODEL_YET, "ann")
    assert result.state is None


def test_before_a_new_warm_up_a_user_can_be_erased() -> None:
    trainer = lived(1)
    result = execute(trainer.state, Forget("u3"), config_of(trainer.policy, encoder="e2"))
    assert result.state is not None
    assert set(trainer.state.users.reservoir) - set(result.state.users.reservoir) == {"u3"}
    assert set(trainer.state.users.home_segments) - set(result.state.users.home_segments) == {"u3"}
    assert (result.outputs, result.state.segments) == ((), trainer.state.segments)
