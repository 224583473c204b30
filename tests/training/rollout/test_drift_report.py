"""The figures of a review, and when they become warnings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stream.training.values.commands import Promote, Refit, Rename, Rollback
from stream.training.values.health import Figure
from stream.training.values.outputs import Served
from stream.training.values.promotion import Promotion, Status
from tests.core.planted import N_SEMANTIC, PlantedPopulation
from tests.training.harness import TrainerHarness, at_day, events, healths, policy_of, warnings
from tests.training.scenarios import SLOW, arriving, parting


def test_a_warning_is_raised_once_until_it_ends() -> None:
    population, trainer = (
        PlantedPopulation((0.5, 0.5), spread=0.05),
        TrainerHarness(policy_of(200, adapt=False, warn_psi=9.0)),
    )
    warned = []
    for day in range(9):
        samples = population.day(200, at_day(day))
        wrong = 3 <= day < 6 or day == 8
        trainer.day(
            [replace(s, explicit=99 * s.explicit) if wrong and int(s.user[1:]) % 5 == 0 else s for s in samples]
        )
        warned.append(
            (
                (Figure.UNKNOWN, "") in warnings(trainer.outputs[-1]),
                Figure.UNKNOWN in [w.figure for h in healths(trainer.outputs[-1]) for w in h.warnings],
            )
        )
    assert [day for day, (new, _) in enumerate(warned) if new] == [3, 8]
    assert [day for day, (_, now) in enumerate(warned) if now] == [3, 4, 5, 8]


def test_health_figures_by_their_formulas() -> None:
    population, trainer = PlantedPopulation((0.5, 0.4, 0.1), spread=0.1), TrainerHarness(policy_of(200, rare_share=0.2))
    trainer.day(population.day(200, at_day(0)))
    first = trainer.serving
    trainer.day(population.day(200, at_day(1)))
    serving = trainer.serving
    for user in ("u0", "u1", "u2"):
        trainer.current_segments[user] = "s-0002"  # flipped, whatever the model says
    (health,) = healths(trainer.day(population.day(200, at_day(2))))
    assert (health.time_ms, health.segment_model, health.n_users) == (at_day(2), serving.version, 200)
    assert health.flips_per_user_day == pytest.approx(3 / 200, abs=0.006)
    assert sum(s.share for s in health.segments) + health.unknown_share == pytest.approx(1.0)
    assert [s.rare for s in health.segments] == [False, False, True]
    assert [s.n_users for s in health.segments] == [round(200 * s.share) for s in health.segments]
    for at, segment in enumerate(health.segments):
        moved = np.linalg.norm(trainer.state.segments.centroids[at] - first.centroids[at])
        assert segment.drift == pytest.approx(moved / first.thresholds[at])
        assert segment.effective_size == pytest.approx(
            trainer.state.segments.counts[at] ** 2 / trainer.state.segments.squares[at]
        )
    known = sum(s.n_users for s in health.segments)
    assert health.objective == pytest.approx(sum(s.n_users * s.cohesion**2 for s in health.segments) / known)


def test_flips_are_counted_anew_after_every_review() -> None:
    #  every day but the third, when we say that three are elsewhere, only what the model says moves anybody
    population, trainer = PlantedPopulation((0.6, 0.4), spread=0.05), TrainerHarness(policy_of(100))
    before: dict[str, str] = {}
    for day in range(6):
        if day == 2:
            trainer.current_segments |= dict.fromkeys(("u0", "u1", "u2"), "s-0002")
        here = dict(trainer.current_segments)
        flipped = sum(here[user] != segment for user, segment in before.items())
        for health in healths(trainer.day(population.day(100, at_day(day)))):
            assert health.flips_per_user_day == pytest.approx(flipped / 100 if before else 0.0)
        assert day != 2 or flipped >= 3
        before = here


def traveller(trainer: TrainerHarness, n_days: int, first: int = 0) -> tuple[PlantedPopulation, list[float]]:
    """From the fourth day on all users of the first group go the same way, a little every day; and the drift said."""
    population, said = PlantedPopulation(spread=0.08), []
    away = np.linalg.qr(np.random.default_rng(7).normal(size=(N_SEMANTIC, N_SEMANTIC)))[0][6]
    for day in range(n_days):
        population.semantic[0] = population.semantic[0] + 0.05 * away * (day > 2)
        trainer.day(population.day(200, at_day(first + day)))
        said += [s.drift for h in healths(trainer.outputs[-1]) for s in h.segments if s.id == "s-0001"]
    return population, said


def test_a_segment_that_goes_slowly_far_is_warned_of_however_often_its_model_is_refreshed() -> None:
    trainer = TrainerHarness(policy_of(200, churn_budget=0.1))
    trainer.day(PlantedPopulation(spread=0.08).day(200, at_day(0)))
    first = trainer.serving
    said = traveller(trainer, 20, first=1)[1]
    refreshed = [
        p
        for outputs in trainer.outputs[1:]
        for p in outputs
        if isinstance(p, Promotion) and p.status == Status.PROMOTED
    ]
    assert len(refreshed) == 20
    at = trainer.state.segments.ids.index("s-0001")
    way = np.linalg.norm(trainer.state.segments.centroids[at] - first.centroids[0]) / first.thresholds[0]
    assert said[-1] == pytest.approx(way)
    assert way > trainer.policy.warn_drift
    assert sum((Figure.DRIFT, "s-0001") in warnings(outputs) for outputs in trainer.outputs) == 1
    assert (Figure.DRIFT, "s-0001") in [(w.figure, w.subject) for w in healths(trainer.outputs[-1])[0].warnings]


def test_a_change_of_other_segments_leaves_it_where_a_segment_was() -> None:
    #  half of s-0001 goes away: it is anchored anew, as is the new one, and no other
    trainer = TrainerHarness(policy_of(300, **SLOW))
    baselines = [trainer.state.segments.reference.baselines for _ in parting(trainer, 14)]
    (changed,) = (day for day, outputs in enumerate(trainer.outputs) if day and events(outputs))
    before, after = baselines[changed - 1], baselines[changed]
    assert all(before[segment] is baselines[0][segment] for segment in before)
    assert {segment for segment in after if after[segment] is not before.get(segment)} == {"s-0001", "s-0004"}
    model = next(o.model for o in trainer.outputs[changed] if isinstance(o, Served))
    for segment in ("s-0001", "s-0004"):
        at = model.ids.index(segment)
        assert after[segment].centroid.tolist() == model.centroids[at].tolist()
        assert after[segment].threshold == model.thresholds[at]
    assert baselines[-1] is after


def test_a_model_that_a_hand_chose_is_the_reference_though_no_id_changes() -> None:
    trainer = TrainerHarness(policy_of(200, churn_budget=0.1))
    population, said = traveller(trainer, 20)
    before = trainer.state.segments.reference
    trainer.ask(Refit("ann", 4))
    assert trainer.state.segments.reference is before
    trainer.ask(Promote("bob", trainer.state.registry.newest))
    assert (trainer.serving.ids, events(trainer.outputs[-1])) == (("s-0001", "s-0002", "s-0003", "s-0004"), [])
    (health,) = healths(trainer.day(population.day(200, at_day(20))))
    assert said[-1] > 0.5 > 0.1 > max(segment.drift for segment in health.segments)
    assert max(health.psi_features.values()) < trainer.policy.warn_psi
    assert not any(warning.figure is Figure.DRIFT for warning in health.warnings)
    chosen = trainer.state.segments.reference
    trainer.ask(Rollback("eve"))
    assert trainer.state.segments.reference is not chosen


def test_a_name_is_no_choice_of_a_model() -> None:
    trainer = TrainerHarness(policy_of(200, churn_budget=0.1))
    said = traveller(trainer, 12)[1]
    before = trainer.state.segments.reference
    trainer.ask(Rename("ann", "s-0001", "Bakers"))
    assert trainer.state.segments.reference is before
    assert said[-1] > 0.1


def test_a_move_by_a_new_model_is_no_flip() -> None:
    trainer = TrainerHarness(policy_of(300, **SLOW))
    current_segments, flipped = [], []
    for outputs in parting(trainer, 14):
        flipped += [health.flips_per_user_day for health in healths(outputs)]
        current_segments.append(dict(trainer.current_segments))
    (split,) = (day for day, outputs in enumerate(trainer.outputs) if day and events(outputs))
    moved = sum(current_segments[split - 1][user] != now for user, now in current_segments[split].items())
    assert moved > 60  # of 300; on the next day they are sampled where they were taken
    assert flipped[split] < 5 / 300  # the first health is of the second day


def test_groups_for_which_there_is_no_room_are_warned_of() -> None:
    trainer = TrainerHarness(policy_of(400, n_segments=3, n_segments_max=3, churn_budget=1.0))
    arriving(trainer, 8, seed=1)
    (warning,) = (w for outputs in trainer.outputs for w in warnings(outputs) if w[0] is Figure.N_CLUSTERS)
    assert warning == (Figure.N_CLUSTERS, "")
    exceeded = [
        h
        for outputs in trainer.outputs
        for h in healths(outputs)
        if Figure.N_CLUSTERS in [w.figure for w in h.warnings]
    ]
    assert {h.n_clusters for h in exceeded} == {4}
    assert trainer.serving.ids == ("s-0001", "s-0002", "s-0003")
