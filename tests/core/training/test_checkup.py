"""The figures of a review, and when they become warnings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.core.planted import Population
from tests.core.training.life import Life, at_day, healths, policy_of, warnings


def test_a_warning_is_raised_once_until_it_ends() -> None:
    population, life = Population((0.5, 0.5), spread=0.05), Life(policy_of(200, adapt=False, warn_psi=9.0))
    told = []
    for day in range(9):
        people = population.day(200, at_day(day))
        wrong = 3 <= day < 6 or day == 8
        life.day([replace(s, explicit=99 * s.explicit) if wrong and int(s.user[1:]) % 5 == 0 else s for s in people])
        told.append(
            ("unknown" in warnings(life.told[-1]), "unknown" in [w for h in healths(life.told[-1]) for w in h.warnings])
        )
    assert [day for day, (new, _) in enumerate(told) if new] == [3, 8]
    assert [day for day, (_, now) in enumerate(told) if now] == [3, 4, 5, 8]


def test_health_figures_by_their_formulas() -> None:
    population, life = Population((0.5, 0.4, 0.1), spread=0.1), Life(policy_of(200, rare_share=0.2))
    for day in range(2):
        life.day(population.day(200, at_day(day)))
    serving = life.serving
    for user in ("u0", "u1", "u2"):
        life.standing[user] = "s-0002"  # flipped, whatever the model says
    (health,) = healths(life.day(population.day(200, at_day(2))))
    assert (health.time_ms, health.segment_model, health.people) == (at_day(2), serving.version, 200)
    assert health.flips_per_person_day == pytest.approx(3 / 200, abs=0.006)
    assert sum(s.share for s in health.segments) + health.unknown == pytest.approx(1.0)
    assert [s.rare for s in health.segments] == [False, False, True]
    assert [s.people for s in health.segments] == [round(200 * s.share) for s in health.segments]
    for at, segment in enumerate(health.segments):
        moved = np.linalg.norm(life.state.centroids[at] - serving.centroids[at])
        assert segment.drift == pytest.approx(moved / serving.thresholds[at])
        assert segment.effective_size == pytest.approx(life.state.counts[at] ** 2 / life.state.squares[at])
    known = sum(s.people for s in health.segments)
    assert health.objective == pytest.approx(sum(s.people * s.cohesion**2 for s in health.segments) / known)


def test_flips_are_counted_anew_after_every_review() -> None:
    #  every day but the third, when we say that three are elsewhere, only what the model says moves anybody
    population, life = Population((0.6, 0.4), spread=0.05), Life(policy_of(100))
    before: dict[str, str] = {}
    for day in range(6):
        if day == 2:
            life.standing |= dict.fromkeys(("u0", "u1", "u2"), "s-0002")
        here = dict(life.standing)
        flipped = sum(here[user] != segment for user, segment in before.items())
        for health in healths(life.day(population.day(100, at_day(day)))):
            assert health.flips_per_person_day == pytest.approx(flipped / 100 if before else 0.0)
        assert day != 2 or flipped >= 3
        before = here
