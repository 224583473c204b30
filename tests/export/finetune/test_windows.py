"""Pairs of windows: one user's, disjoint, a gap apart where the history is long enough."""

from __future__ import annotations

from pathlib import Path

import pytest

from export.errors import DataError
from export.finetune.history import WINDOW_ITEMS, read_history
from export.finetune.windows import GAP_MS, Labels, WindowPairs, labels_of
from tests.export.finetune.histories import NONE, two_users
from tests.export.planted_users import DAY_MS


def test_two_windows_of_a_pair_are_one_users_and_do_not_overlap(events: Path) -> None:
    history = read_history([str(events)], NONE, ["group"])
    pairs = WindowPairs(history, labels_of(history, ["group"]), seed=1)
    for at, user in enumerate(pairs.users[:20]):
        row = pairs[at]
        one, other = row["one"].tolist(), row["other"].tolist()
        assert len(one) == len(other) == min(WINDOW_ITEMS, len(user.texts) // 2)
        texts = user.texts.tolist()
        starts = [
            (i, j)
            for i in range(len(texts) - len(one) + 1)
            for j in range(i + len(one), len(texts) - len(other) + 1)
            if texts[i : i + len(one)] == one and texts[j : j + len(other)] == other
        ]
        assert starts


@pytest.mark.parametrize(("every_ms", "gap_items"), [(DAY_MS, 30), (1000, 0)], ids=["days", "seconds"])
def test_the_second_window_begins_after_the_gap_where_there_is_room(every_ms: int, gap_items: int) -> None:
    pairs = WindowPairs(two_users(300, every_ms), Labels(), seed=2)
    assert GAP_MS == 30 * DAY_MS
    for _ in range(50):
        row = pairs[0]
        times = [[int(pairs.users[0].texts.tolist().index(text)) for text in row[side]] for side in ("one", "other")]
        room = times[0][-1] + gap_items <= 300 - WINDOW_ITEMS
        assert times[1][0] - times[0][-1] >= (gap_items if room else 1)


def test_the_same_seed_draws_the_same_pairs() -> None:
    history = two_users(200, DAY_MS)
    drawn = [WindowPairs(history, Labels(), seed)[0]["one"].tolist() for seed in (3, 3, 4)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_too_few_events_are_refused() -> None:
    with pytest.raises(DataError, match="only 0 users have at least 16 events"):
        WindowPairs(two_users(15, DAY_MS), Labels(), seed=0)
