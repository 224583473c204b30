"""Hysteresis: by hand, and against an oracle that keeps every evaluation and scans them all again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.decision.transition import Sight, Standing, Verdict, decide, settle
from stream.core.evaluation import sights
from stream.core.profile import Vectors
from tests.core.builders import POLICY, segments

MODEL = segments(threshold=1.0)
DWELL = replace(POLICY, dwell_ms=5, margin=0.1, min_items=2)


def sight(*distances: float) -> Sight:
    """Seen from these distances to s-0001, s-0002 and s-0003."""
    rows: Vectors = np.array([distances], np.float32)
    return sights(rows)[0]


def at(standing: Standing, now_ms: int, *distances: float, n_items: int = 3) -> str | None:
    """Decide once, settle what is due, and say the new segment."""
    seen = sight(*distances) if distances else None
    verdict = decide(standing, seen, n_items, now_ms, MODEL, DWELL)
    if verdict is not None:
        settle(standing, verdict, now_ms)
    return f"{verdict.to_segment} {verdict.rule}" if verdict else None


def test_the_first_answer_needs_enough_items_and_no_dwell() -> None:
    standing = Standing()
    assert at(standing, 0, 0.2, 0.9, 0.9, n_items=1) is None
    assert at(standing, 1, 0.2, 0.9, 0.9, n_items=2) == "s-0001 entered"
    assert standing == Standing("s-0001", since_ms=1, sequence=1)


def test_a_challenger_takes_over_after_it_has_been_ahead_for_the_dwell() -> None:
    #  ms            0    10        14   15
    #  nearest       1    2         2    2
    #  says          1 ─────────────────▶2
    standing = Standing("s-0001", 0, sequence=1)
    assert at(standing, 10, 0.9, 0.2, 0.9) is None
    assert (standing.candidate, standing.candidate_since_ms) == ("s-0002", 10)
    assert at(standing, 14, 0.9, 0.2, 0.9) is None
    assert at(standing, 15, 0.9, 0.2, 0.9) == "s-0002 margin_and_dwell"
    assert standing == Standing("s-0002", since_ms=15, candidate_since_ms=10, sequence=2)


@pytest.mark.parametrize(
    ("interruption", "who"),
    [
        ((0.2, 0.9, 0.9), "the present segment"),
        ((0.9, 0.9, 0.2), "another"),
        ((0.5, 0.47, 0.9), "nobody by the margin"),
    ],
)
def test_a_challenger_that_falls_back_starts_again(interruption: tuple[float, ...], who: str) -> None:
    #  ms            10   13   14   18   19
    #  ahead         2    -    2    2    2
    standing = Standing("s-0001", 0, sequence=1)
    assert at(standing, 10, 0.9, 0.2, 0.9) is None
    assert at(standing, 13, *interruption) is None
    assert at(standing, 14, 0.9, 0.2, 0.9) is None
    assert at(standing, 18, 0.9, 0.2, 0.9) is None
    assert at(standing, 19, 0.9, 0.2, 0.9) == "s-0002 margin_and_dwell", who


def test_the_margin_is_a_share_of_the_distance_to_the_present_segment() -> None:
    instant = replace(DWELL, dwell_ms=0, margin=0.25)
    for distance, expected in ((0.375, Verdict("s-0002", "margin_and_dwell")), (0.376, None)):  # 0.75 * 0.5
        standing = Standing("s-0001")
        assert decide(standing, sight(0.5, distance, 0.9), 3, 7, MODEL, instant) == expected


def test_far_from_every_segment_is_unknown_once_past_the_threshold_by_the_margin() -> None:
    standing = Standing("s-0001", 0, sequence=1)
    assert at(standing, 1, 1.05, 1.2, 1.2) is None
    assert standing.candidate is None  # past the threshold, but not by the margin
    assert at(standing, 2, 1.2, 1.3, 1.3) is None
    assert at(standing, 7, 1.2, 1.3, 1.3) == "unknown unknown"
    assert at(standing, 8, 1.2, 1.3, 1.3) is None
    assert at(standing, 9, 0.2, 0.9, 0.9) is None
    assert at(standing, 14, 0.2, 0.9, 0.9) == "s-0001 known"


def test_the_first_answer_may_be_unknown() -> None:
    assert at(Standing(), 0, 1.01, 1.2, 1.2) == "unknown entered"


def test_who_stands_in_a_segment_the_model_lacks_is_moved_after_the_dwell_whatever_the_margin() -> None:
    standing = Standing("s-0099", 0, sequence=4)
    assert at(standing, 10, 0.5, 0.51, 0.52) is None
    assert at(standing, 15, 0.5, 0.51, 0.52) == "s-0001 retired"


def test_an_empty_window_is_inactive_at_once_and_a_return_needs_enough_items() -> None:
    standing = Standing("s-0001", 0, candidate="s-0002", candidate_since_ms=8, sequence=1)
    assert at(standing, 10) == "inactive inactive"
    assert at(standing, 11) is None
    assert at(standing, 12, 0.9, 0.2, 0.9, n_items=1) is None
    assert at(standing, 13, 0.9, 0.2, 0.9, n_items=2) == "s-0002 returned"
    assert standing.sequence == 3


def test_an_empty_window_that_never_had_an_answer_stays_warming() -> None:
    assert at(Standing(), 10) is None


@dataclass
class NaiveHysteresis:
    """Remembers who was eligible at every evaluation since the last change."""

    segment: str = "warming"
    eligible: list[tuple[int, str | None]] = field(default_factory=list)

    def see(self, now_ms: int, distances: tuple[float, ...], n_items: int) -> str | None:
        """The segment moved to, if any."""
        to = self._move(now_ms, distances, n_items)
        if to is not None:
            self.segment, self.eligible = to, []
        return to

    def _move(self, now_ms: int, distances: tuple[float, ...], n_items: int) -> str | None:
        if not distances:
            self.eligible = []
            return None if self.segment in ("warming", "inactive") else "inactive"
        nearest = f"s-000{distances.index(min(distances)) + 1}" if min(distances) <= 1.0 else "unknown"
        if self.segment in ("warming", "inactive"):
            return nearest if n_items >= DWELL.min_items else None
        self.eligible.append((now_ms, nearest if self._by_margin(nearest, distances) else None))
        challenger = self.eligible[-1][1]
        run = []
        for time_ms, who in reversed(self.eligible):
            if who != challenger:
                break
            run.append(time_ms)
        return challenger if challenger and now_ms - run[-1] >= DWELL.dwell_ms else None

    def _by_margin(self, nearest: str, distances: tuple[float, ...]) -> bool:
        if nearest == self.segment:
            return False
        if nearest == "unknown":
            return min(distances) > 1.1
        return self.segment == "unknown" or min(distances) <= 0.9 * distances[int(self.segment[-1]) - 1]


distance = st.sampled_from((0.125, 0.25, 0.5, 0.53125, 0.75, 1.0625, 1.5))
evaluations = st.lists(
    st.tuples(
        st.sampled_from((0, 1, 2, 3, 5, 9)),
        st.one_of(st.tuples(distance, distance, distance), st.tuples(distance, distance, distance), st.just(())),
        st.integers(1, 3),
    ),
    max_size=30,
)


@settings(max_examples=300)
@given(evaluations=evaluations)
def test_decisions_equal_a_rescan_of_every_evaluation(
    evaluations: list[tuple[int, tuple[float, ...], int]],
) -> None:
    standing, naive, now_ms = Standing(), NaiveHysteresis(), 100
    for gap_ms, distances, n_items in evaluations:
        now_ms += gap_ms
        moved = at(standing, now_ms, *distances, n_items=n_items)
        assert (moved and moved.split()[0]) == naive.see(now_ms, distances, n_items)
        assert standing.segment == naive.segment
