"""Scores against examples worked by hand. A column is a user, a row a day; `.` is a day without activity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from bench.segments.driver import N_PANEL, panel_of, run
from bench.segments.method import Ids, Method
from bench.segments.planted import Day
from bench.segments.rows import Scores, rows
from bench.segments.scenarios import SCENARIOS, SHIFTED, PlantedEvent
from bench.segments.scores import (
    ABSENT,
    NO_ANSWER,
    SETTLING_DAYS,
    Changes,
    Delay,
    LineageScore,
    Ring,
    changes,
    delay,
    lineage_score,
    rand_index,
    ring,
)
from bench.segments.themes import Catalogue
from stream.core.arrays import Vectors


def matrix(*users: str) -> np.ndarray:
    """(n_days, n_users) from one word for each user: a digit a day, `.` for none, `-` for no answer."""
    signs = {".": ABSENT, "-": NO_ANSWER}
    return np.array([[signs[c] if c in signs else int(c) for c in user] for user in users]).T


def test_the_rand_index_is_scikit_learns_over_active_users() -> None:
    truth, ids = matrix("00", "0.", "11", "11", "11"), matrix("00", "0.", "01", "12", "11")
    expected = [adjusted_rand_score([0, 0, 1, 1, 1], [0, 0, 0, 1, 1]), adjusted_rand_score([0, 1, 1, 1], [0, 1, 2, 1])]
    assert rand_index(truth, ids).tolist() == expected


def test_a_change_without_a_reason_counts_each_time() -> None:
    assert changes(matrix("0000", "1111"), matrix("5565", "7777"), ()) == Changes(2, 6)


def test_days_without_activity_are_no_user_days() -> None:
    assert changes(matrix("0..0", "1.1."), matrix("5..6", "7.7."), ()) == Changes(1, 2)


def test_no_answer_is_an_answer() -> None:
    assert changes(matrix("000"), matrix("5-5"), ()) == Changes(2, 2)


@pytest.mark.parametrize(("late", "n_unjustified"), [(0, 0), (SETTLING_DAYS, 0), (SETTLING_DAYS + 1, 1)])
def test_a_change_of_group_excuses_until_it_has_settled(late: int, n_unjustified: int) -> None:
    truth, ids = "0" * 3 + "1" * 30, "5" * (3 + late) + "6" * (30 - late)
    assert changes(matrix(truth), matrix(ids), ()).n_unjustified == n_unjustified


def test_nothing_is_excused_before_the_group_changed() -> None:
    assert changes(matrix("0001"), matrix("5666"), ()).n_unjustified == 1


@pytest.mark.parametrize(
    ("event", "n_unjustified"),
    [
        (PlantedEvent(1, "split", (0, 3)), 0),
        (PlantedEvent(2, "split", (0, 3)), 0),
        (PlantedEvent(3, "split", (0, 3)), 1),
        (PlantedEvent(1, "split", (2, 3)), 1),
        (PlantedEvent(1, SHIFTED, (0,)), 1),
    ],
    ids=["the day before", "the same day", "the day after", "of other groups", "a shift"],
)
def test_a_planted_event_excuses_its_groups_from_its_day_on(event: PlantedEvent, n_unjustified: int) -> None:
    assert changes(matrix("0000"), matrix("5566"), (event,)).n_unjustified == n_unjustified


SPLIT = PlantedEvent(2, "split", (0, 1))


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ("5555666", Delay(2, True)),
        ("5566666", Delay(0, True)),
        ("5555555", Delay(5, False)),
        ("5556566", Delay(3, True)),
        ("55-----", Delay(5, False)),
    ],
    ids=["two days late", "at once", "never", "again lost", "no answer"],
)
def test_a_split_is_recognised_when_both_halves_have_an_id(ids: str, expected: Delay) -> None:
    truth = matrix("0000000", "0000000", "0011111", "2222222")
    assert delay(truth, matrix("5555555", "5555555", ids, "7777777"), SPLIT) == expected


def test_a_merge_is_recognised_when_most_have_one_id() -> None:
    truth = matrix(*["00000"] * 5, *["11000"] * 5)
    ids = matrix(*["55555"] * 5, *["66655"] * 3, *["66665"] * 2)
    assert delay(truth, ids, PlantedEvent(2, "merged", (0, 1))) == Delay(1, True)  # eight of ten are right on day 3


def test_users_of_a_dead_group_count_where_they_went() -> None:
    truth, ids = matrix("0000", "0000", "1000"), matrix("5555", "5555", "6665")
    assert delay(truth, ids, PlantedEvent(1, "retired", (1,))) == Delay(2, True)


def test_a_ring_is_as_good_as_the_id_of_most_of_it() -> None:
    truth = matrix("9", "9", "9", "9", "0", "0", "0")
    assert ring(truth, matrix("5", "5", "5", "6", "5", "6", "6"), 9) == Ring(3 / 4, 3 / 4)


def test_a_ring_without_an_answer_is_lost_and_a_day_without_it_is_skipped() -> None:
    truth = matrix("99.", "99.", "000")
    assert ring(truth, matrix("5-.", "5-.", "666"), 9) == Ring(0.5, 0.5)


def test_a_planted_event_matches_one_published_event_and_no_earlier_one() -> None:
    events = (PlantedEvent(12, "split", (2, 10)), PlantedEvent(12, SHIFTED, (1,)))
    start, kept = [(0, "born", "s-1"), (1, "born", "s-2")], [(5, "survived", "s-1")]
    assert lineage_score(events, [*start, *kept, (15, "split", "s-3")]) == LineageScore(1, 1, 0)
    assert lineage_score(events, [*start, (15, "split"), (16, "split"), (11, "split")]) == LineageScore(1, 1, 2)
    assert lineage_score(events, [*start, (15, "born")]) == LineageScore(1, 0, 1)


def test_a_row_is_the_mean_over_seeds() -> None:
    one = Scores("split", "Segue", 0, 0.8, 0.9, Changes(1, 100), [Delay(4, True)], None, LineageScore(1, 1, 0), 1, 1, 9)
    two = replace(one, ari=1.0, changes=Changes(3, 300), delays=[Delay(22, False)], lineage=LineageScore(1, 0, 2))
    (row,) = rows([one, two])
    assert (row.ARI, row.unjustified_per_1000, row.delay_days, row.lineage) == (0.9, 10.0, "≥ 13.0", "1/2, 2 surplus")


def test_a_ring_is_kept_in_seeds_where_recall_and_precision_are_high() -> None:
    one = Scores("ring", "Segue", 0, 1, 1, Changes(0, 1), [], Ring(0.9, 0.7), None, 1, 1, 1)
    (row,) = rows([one, replace(one, ring=Ring(0.8, 0.9)), replace(one, ring=Ring(1.0, 1.0))])
    assert row.ring_kept == "2/3"
    assert row.ring_recall == pytest.approx(0.9)


def test_the_panel_is_constant_and_of_about_the_stated_size() -> None:
    scenario = SCENARIOS[0]
    panel = panel_of(scenario)
    assert len(panel) == pytest.approx(N_PANEL, rel=0.02)
    assert set(panel_of(replace(scenario, whole_panel=True)).tolist()) == set(range(scenario.n_users))


class RecordingClusterer:
    """A clusterer that records its calls."""

    def __init__(self, k: int, seed: int) -> None:
        self.calls: list[tuple[str, int, list[int]]] = []

    def learn(self, day: Day, u: Vectors) -> None:
        self.calls.append(("learn", day.day, day.users.tolist()))

    def assign(self, day: Day, u: Vectors) -> Ids:
        self.calls.append(("assign", day.day, day.users.tolist()))
        return ["odd" if user % 2 else None for user in day.users.tolist()]


def test_every_method_learns_a_sample_then_assigns_the_panel(texts: Catalogue) -> None:
    scenario = replace(SCENARIOS[0], n_users=5_000, n_days=2)
    found = run(scenario, 0, [Method("all", RecordingClusterer), Method("few", RecordingClusterer, 300)], texts)
    whole, part = (track.clusterer.calls for track in found.tracks if isinstance(track.clusterer, RecordingClusterer))
    panel = panel_of(scenario)
    assert [call[:2] for call in whole] == [("learn", 0), ("assign", 0), ("learn", 1), ("assign", 1)]
    assert [len(set(call[2])) for call in whole[::2]] == [2_000, 2_000]
    assert [call[2] for call in part[::2]] == [call[2][:300] for call in whole[::2]]
    for (_, day, asked), ids in zip(whole[1::2], found.tracks[0].ids, strict=True):
        assert asked == panel[found.truth[day] != ABSENT].tolist()
        expected = [0 if user % 2 else NO_ANSWER for user in asked]
        assert ids[ids != ABSENT].tolist() == expected
