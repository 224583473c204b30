"""Planted streams are what they say: groups of the stated sizes that change when, and only when, it is planted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from bench.segments.driver import run
from bench.segments.method import Method
from bench.segments.planted import BASE_MS, N_TEXTS, contrasts, days, sums
from bench.segments.population import N_ITEMS, Population
from bench.segments.scenarios import SCENARIOS, SHIFTED, SILENT, Cell, Scenario
from bench.segments.scores import rand_index
from bench.segments.sklearn_baselines import TrueMeans
from bench.segments.themes import COMMON, RESOLUTION, THEMES, Catalogue, build_catalogue
from bench.segments.traits import NAMES
from stream.core.policy import DAY_MS
from tests.fakes import HashEncoder

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
UNCHANGED = [s.name for s in SCENARIOS if all(event.kind == SHIFTED for event in s.events)]


def small(name: str, n_users: int = 1_000) -> Scenario:
    return replace(BY_NAME[name], n_users=n_users)


def population(scenario: Scenario, texts: Catalogue) -> Population:
    return Population(scenario, texts, np.random.default_rng(0))


def groups_by_day(scenario: Scenario, texts: Catalogue) -> np.ndarray:
    """(n_days, n_users) the group of each user."""
    crowd, found = population(scenario, texts), []
    for day in range(scenario.n_days):
        crowd.simulate(day)
        found.append(crowd.groups(day))
    return np.array(found)


@pytest.mark.parametrize("name", BY_NAME)
def test_groups_have_the_planted_shares(name: str, texts: Catalogue) -> None:
    scenario = small(name, 10_000)
    expected: dict[int, float] = {}
    for cell in scenario.cells:
        group = cell.group if cell.joins is None else SILENT
        expected[group] = expected.get(group, 0.0) + cell.share
    total = sum(cell.share for cell in scenario.cells)
    found = Counter(population(scenario, texts).groups(0).tolist())
    assert set(found) == set(expected)
    assert all(abs(found[group] - scenario.n_users * share / total) <= 2 for group, share in expected.items())


def test_the_ring_is_one_user_in_five_hundred(texts: Catalogue) -> None:
    ring = BY_NAME["rare ring"].ring
    assert (population(BY_NAME["rare ring"], texts).groups(0) == ring).sum() == pytest.approx(20, abs=1)


@pytest.mark.parametrize("name", UNCHANGED)
def test_no_user_changes_group_where_no_change_is_planted(name: str, texts: Catalogue) -> None:
    groups = groups_by_day(small(name), texts)
    assert (groups == groups[0]).all()


def test_a_split_makes_two_halves_of_one_group(texts: Catalogue) -> None:
    groups = groups_by_day(small("split"), texts)
    assert (groups[:12] == groups[0]).all()
    moved = groups[12] == 10
    assert set(groups[0][moved]) == {2}
    assert moved.sum() == pytest.approx((groups[0] == 2).sum() / 2, abs=2)
    assert (groups[12:] == groups[12]).all()


def test_a_merge_leaves_one_group_of_two(texts: Catalogue) -> None:
    groups = groups_by_day(small("merge"), texts)
    np.testing.assert_array_equal(groups[12], np.where(groups[11] == 4, 3, groups[11]))


def test_a_born_group_draws_from_outside_and_from_several_groups(texts: Catalogue) -> None:
    groups = groups_by_day(small("birth"), texts)
    assert 10 not in groups[11]
    assert set(groups[0][groups[-1] == 10]) == {SILENT, 0, 1, 2}


def test_users_of_a_dying_group_fall_silent_or_spread(texts: Catalogue) -> None:
    groups = groups_by_day(small("death"), texts)
    assert 4 in groups[11]
    assert set(groups[12][groups[11] == 4]) == {SILENT, 0, 1, 2}


def test_a_ramp_moves_a_day_at_a_time() -> None:
    cell = Cell(1.0, (0, 1), 0, (0.0, 1.0), (12, 15), group_after=5)
    assert [cell.second_part(day) for day in (0, 11, 12, 13, 15, 30)] == [0, 0, 0.25, 0.5, 1, 1]
    assert [cell.group_on(day) for day in (11, 12)] == [0, 5]


def test_overnight_is_a_ramp_of_one_day() -> None:
    cell = Cell(1.0, (0, 1), 0, (0.0, 1.0), (12, 12))
    assert [cell.second_part(day) for day in (11, 12)] == [0, 1]


def test_after_a_shift_windows_hold_new_themes_only(texts: Catalogue) -> None:
    scenario = small("sudden shift")
    crowd = population(scenario, texts)
    for day in range(12):
        crowd.simulate(day)
    shifted, before, seen = crowd.cell == 2, crowd.themes.copy(), crowd.n_seen.copy()
    for day in range(12, scenario.n_days):
        crowd.simulate(day)
    turned_over = shifted & (crowd.n_seen - seen >= N_ITEMS)
    assert turned_over.sum() > 100
    assert not np.isin(np.unique(crowd.themes[turned_over]), np.unique(before[shifted])).any()


def test_a_window_is_a_queue_of_the_newest(texts: Catalogue) -> None:
    crowd = population(small("heavy tail"), texts)
    for day in range(3):
        before, seen = crowd.newest(np.arange(1_000), N_ITEMS), crowd.n_seen.copy()
        active = crowd.simulate(day)
        after, n_new = crowd.newest(np.arange(1_000), N_ITEMS), crowd.n_seen - seen
        assert set(np.flatnonzero(n_new)) == set(active)
        for user in range(1_000):
            np.testing.assert_array_equal(after[user, n_new[user] :], before[user, : N_ITEMS - n_new[user]])


def test_behaviour_differs_at_weekends(texts: Catalogue) -> None:
    crowd = population(small("weekly"), texts)
    weekend_theme = crowd.theme_order[-1]
    for day in range(14):
        newest_before = crowd.n_seen.copy()
        active = crowd.simulate(day)
        place = (crowd.n_seen[active] - 1) % N_ITEMS
        assert (crowd.n_seen[active] > newest_before[active]).all()
        share = (crowd.themes[active, place] == weekend_theme).mean()
        weekday = datetime.fromtimestamp((BASE_MS + day * DAY_MS) / 1000, UTC).weekday()
        assert share == (pytest.approx(0.4, abs=0.1) if weekday >= 5 else 0.0)


def test_activity_has_a_heavy_tail(texts: Catalogue) -> None:
    """A tenth of the users do a third of everything and more; with even habits less than a fifth."""
    top_shares = []
    for name in ("heavy tail", "stationary"):
        crowd = population(small(name), texts)
        before = crowd.n_seen.copy()
        for day in range(10):
            crowd.simulate(day)
        done = np.sort(crowd.n_seen - before)
        top_shares.append(done[-100:].sum() / done.sum())
    assert top_shares[0] > 1 / 3
    assert top_shares[1] < 1 / 5


def test_a_day_has_profiles_in_the_format_of_the_core(texts: Catalogue) -> None:
    for day in days(replace(small("birth"), n_days=15), 0, texts):
        assert day.explicit.shape == (len(day.users), len(NAMES))
        np.testing.assert_allclose(day.explicit[:, -5:].sum(axis=1), 1.0)
        np.testing.assert_allclose(np.linalg.norm(day.semantic, axis=1), 1.0, rtol=1e-5)
        assert len(set(day.users.tolist())) == len(day.users) == len(day.texts)
        assert all(0 < len(set(t)) == len(t) <= N_TEXTS and set(t) <= set(texts.texts) for t in day.texts)
        assert (day.truth != SILENT).all()


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(texts: Catalogue) -> None:
    first, again, other = (next(days(small("stationary"), seed, texts)) for seed in (0, 0, 1))
    assert first.semantic.tobytes() == again.semantic.tobytes()
    assert first.explicit.tobytes() == again.explicit.tobytes()
    assert (first.texts, first.users.tolist()) == (again.texts, again.users.tolist())
    assert first.users.tolist() != other.users.tolist()


def test_the_true_means_find_nearly_all_groups(texts: Catalogue) -> None:
    found = run(replace(small("stationary"), n_days=3), 0, [Method("truth", TrueMeans)], texts)
    index = rand_index(found.truth, found.tracks[0].ids)
    assert index.min() > 0.8  # the vectors of this encoder are random


def test_a_theme_is_drawn_by_the_square_root_of_purchases() -> None:
    bought = Counter({words[0]: 1 for words in THEMES.values()} | {"baby food": 4, "milk": 1})
    catalogue = build_catalogue(bought, HashEncoder(4))
    drawn = Counter(catalogue.texts[at] for at in catalogue.steps[0].tolist())
    assert drawn["baby food"] == pytest.approx(RESOLUTION * 2 / 3, abs=1)
    assert drawn["baby"] == pytest.approx(RESOLUTION / 3, abs=1)
    assert {catalogue.texts[at] for at in catalogue.steps[COMMON].tolist()} == {"milk"}


def test_a_profile_is_the_mean_of_its_texts_and_the_contrast_that_of_its_halves() -> None:
    vectors = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], np.float32)
    windows = np.full((2, N_ITEMS), -1, np.int32)
    windows[0, :3], windows[1, :7] = (0, 0, 1), (0, 0, 0, 1, 1, 1, 1)
    all_texts = sums(windows, vectors)
    np.testing.assert_allclose(all_texts.means(), [[2 / 3, 1 / 3], [3 / 7, 4 / 7]], rtol=1e-6)
    assert all_texts.n.tolist() == [3, 7]
    newer, older = sums(windows[:, :2], vectors), sums(windows[:, 2:4], vectors)  # [1, 0], [1, 0]; [0, 1], [.5, .5]
    expected = np.array([[-1, 1], [-0.5, 0.5]]) * np.sqrt([[2], [4]]) / [[3], [4]]
    np.testing.assert_allclose(contrasts(newer, older), expected, rtol=1e-6)
