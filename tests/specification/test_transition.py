"""Hysteresis: examples by hand, and an oracle that keeps every evaluation and rescans them all."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.assignment import Assignment, assign
from stream.core.transition import MembershipState, Rule
from tests.core.builders import POLICY, word_model
from tests.specification.transition import Transition, apply_transition, decide, on_empty_window

MODEL = word_model(threshold=1.0)
DWELL = replace(POLICY, dwell_ms=5, margin=0.1, min_items=2)


def assignment(*distances: float) -> Assignment:
    """Return the assignment at these distances from s-0001, s-0002 and s-0003."""
    return assign(np.array([distances], np.float32))[0]


def evaluate(
    state: MembershipState, now_ms: int, *distances: float, n_items: int = 3
) -> tuple[MembershipState, tuple[str, Rule] | None]:
    """Decide once and return the next state, with the new segment and the rule if one was due."""
    if distances:
        state, transition = decide(state, assignment(*distances), n_items, now_ms, MODEL, DWELL)
    else:
        state, transition = on_empty_window(state)
    if transition is None:
        return state, None
    return apply_transition(state, transition, now_ms), (transition.to_segment, transition.rule)


def test_the_first_result_needs_enough_items_and_no_dwell() -> None:
    state, moved = evaluate(MembershipState(), 0, 0.2, 0.9, 0.9, n_items=1)
    assert (state, moved) == (MembershipState(), None)
    state, moved = evaluate(state, 1, 0.2, 0.9, 0.9, n_items=2)
    assert moved == ("s-0001", Rule.ENTERED)
    assert state == MembershipState("s-0001", since_ms=1, sequence=1)


def test_a_candidate_replaces_the_segment_at_the_end_of_its_dwell() -> None:
    #  ms            0    10        14   15
    #  nearest       1    2         2    2
    #  segment       1 ─────────────────▶2
    state, moved = evaluate(MembershipState("s-0001", sequence=1), 10, 0.9, 0.2, 0.9)
    assert (state.candidate, state.candidate_since_ms, moved) == ("s-0002", 10, None)
    state, moved = evaluate(state, 14, 0.9, 0.2, 0.9)
    assert moved is None
    state, moved = evaluate(state, 15, 0.9, 0.2, 0.9)
    assert moved == ("s-0002", Rule.MARGIN_AND_DWELL)
    assert state == MembershipState("s-0002", since_ms=15, candidate_since_ms=10, sequence=2)


@pytest.mark.parametrize(
    "interruption",
    [(0.2, 0.9, 0.9), (0.9, 0.9, 0.2), (0.5, 0.47, 0.9)],
    ids=["the current segment is nearest", "another candidate is nearest", "the margin is missed"],
)
def test_an_interruption_restarts_the_dwell(interruption: tuple[float, ...]) -> None:
    #  ms            10   13   14   18   19
    #  candidate     2    -    2    2    2
    state, moves = MembershipState("s-0001", sequence=1), []
    ahead = (0.9, 0.2, 0.9)
    for now_ms, distances in ((10, ahead), (13, interruption), (14, ahead), (18, ahead), (19, ahead)):
        state, moved = evaluate(state, now_ms, *distances)
        moves.append(moved)
    assert moves == [None, None, None, None, ("s-0002", Rule.MARGIN_AND_DWELL)]


def test_the_margin_is_a_share_of_the_distance_to_the_current_segment() -> None:
    instant = replace(DWELL, dwell_ms=0, margin=0.25)
    for distance, expected in ((0.375, Transition("s-0002", Rule.MARGIN_AND_DWELL)), (0.376, None)):  # 0.75 * 0.5
        _, transition = decide(MembershipState("s-0001"), assignment(0.5, distance, 0.9), 3, 7, MODEL, instant)
        assert transition == expected


def test_unknown_needs_the_margin_beyond_the_threshold_and_the_way_back_does_not() -> None:
    state, moved = evaluate(MembershipState("s-0001", sequence=1), 1, 1.05, 1.2, 1.2)
    assert (state.candidate, moved) == (None, None)  # beyond the threshold, but not by the margin
    moves = []
    for now_ms, *distances in (
        (2, 1.2, 1.3, 1.3),
        (7, 1.2, 1.3, 1.3),
        (8, 1.2, 1.3, 1.3),
        (9, 0.2, 0.9, 0.9),
        (14, 0.2, 0.9, 0.9),
    ):
        state, moved = evaluate(state, int(now_ms), *distances)
        moves.append(moved)
    assert moves == [None, ("unknown", Rule.UNKNOWN), None, None, ("s-0001", Rule.KNOWN)]


def test_the_first_result_may_be_unknown() -> None:
    assert evaluate(MembershipState(), 0, 1.01, 1.2, 1.2)[1] == ("unknown", Rule.ENTERED)


def test_a_segment_missing_in_the_model_is_left_after_the_dwell_without_a_margin() -> None:
    state, moved = evaluate(MembershipState("s-0099", sequence=4), 10, 0.5, 0.51, 0.52)
    assert moved is None
    assert evaluate(state, 15, 0.5, 0.51, 0.52)[1] == ("s-0001", Rule.RETIRED)


def test_an_empty_window_is_inactive_at_once_and_a_return_needs_enough_items() -> None:
    state = MembershipState("s-0001", candidate="s-0002", candidate_since_ms=8, sequence=1)
    state, moved = evaluate(state, 10)
    assert moved == ("inactive", Rule.INACTIVE)
    state, moved = evaluate(state, 11)
    assert moved is None
    state, moved = evaluate(state, 12, 0.9, 0.2, 0.9, n_items=1)
    assert moved is None
    state, moved = evaluate(state, 13, 0.9, 0.2, 0.9, n_items=2)
    assert (moved, state.sequence) == (("s-0002", Rule.RETURNED), 3)


def test_an_empty_window_before_the_first_result_stays_pending() -> None:
    assert evaluate(MembershipState(), 10) == (MembershipState(), None)


@dataclass
class NaiveHysteresis:
    """An oracle that keeps the eligible candidate of every evaluation since the last change."""

    segment: str = "pending"
    eligible: list[tuple[int, str | None]] = field(default_factory=list)

    def evaluate(self, now_ms: int, distances: tuple[float, ...], n_items: int) -> str | None:
        """Return the new segment, if any."""
        to_segment = self._decide(now_ms, distances, n_items)
        if to_segment is not None:
            self.segment, self.eligible = to_segment, []
        return to_segment

    def _decide(self, now_ms: int, distances: tuple[float, ...], n_items: int) -> str | None:
        if not distances:
            self.eligible = []
            return None if self.segment in ("pending", "inactive") else "inactive"
        nearest = f"s-000{distances.index(min(distances)) + 1}" if min(distances) <= 1.0 else "unknown"
        if self.segment in ("pending", "inactive"):
            return nearest if n_items >= DWELL.min_items else None
        self.eligible.append((now_ms, nearest if self._by_margin(nearest, distances) else None))
        candidate = self.eligible[-1][1]
        run = []
        for time_ms, eligible in reversed(self.eligible):
            if eligible != candidate:
                break
            run.append(time_ms)
        return candidate if candidate and now_ms - run[-1] >= DWELL.dwell_ms else None

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
    state, naive, now_ms = MembershipState(), NaiveHysteresis(), 100
    for gap_ms, distances, n_items in evaluations:
        now_ms += gap_ms
        state, moved = evaluate(state, now_ms, *distances, n_items=n_items)
        assert (moved and moved[0]) == naive.evaluate(now_ms, distances, n_items)
        assert state.segment == naive.segment
