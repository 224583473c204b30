"""The trainer's watermark among samples with wrong clocks, by hand and over whole runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.output import Sample
from stream.core.policy import DAY_MS
from stream.training.sample.watermark import (
    batch_watermark_ms,
    clip_future,
    median_ms,
    pending_watermark_ms,
    rewind_watermark,
)
from stream.training.values.candidate import Candidate, RolloutState
from stream.training.values.promotion import Cause, Status
from stream.training.values.structure_change import ChangeKind, StructureChange
from tests.core.planted import PlantedPopulation, sample
from tests.training.harness import TrainerHarness, at_day, decisions, healths, policy_of

N = 40
SPLIT = StructureChange(ChangeKind.SPLIT, ("s-0001",))
GONE = StructureChange(ChangeKind.GONE, ("s-0002",))
RESERVOIR_MS = 14 * DAY_MS
FAR_MS = 3650 * DAY_MS


def at(*days: float) -> list[Sample]:
    """Samples of these days."""
    return [replace(sample(), time_ms=int(day * DAY_MS)) for day in days]


def days(samples: list[Sample]) -> list[float]:
    return [s.time_ms / DAY_MS for s in samples]


@pytest.mark.parametrize(
    ("times", "found"),
    [
        ((1, 2, 3), [1, 2, 3]),
        ((1, 15, 1), [1, 15, 1]),  # 14 days ahead, and no more
        ((1, 2, 16.5, 3), [1, 2, 2, 3]),  # of 1 2 3 nine tenths have reached 2
        ((1, 2, 3, 99, 98, 2, 1), [1, 2, 3, 2, 2, 2, 1]),  # nine tenths of 1 1 2 2 3 have reached 2
        ((9, 99), [9, 9]),
        ((99,), [99]),
        ((5, 5, 60, 60, 60), [5, 5, 60, 60, 60]),  # most say so
        ((60, 5, 5, 5), [5, 5, 5, 5]),
    ],
)
def test_clip_future_sets_times_far_past_the_median_to_the_watermark_of_the_others(
    times: tuple[float, ...], found: list[float]
) -> None:
    assert days(clip_future(at(*times), RESERVOIR_MS)) == found


@given(times=st.lists(st.integers(0, 10**10), min_size=1, max_size=30))
def test_clip_future_caps_the_lead_over_the_median_and_ignores_the_order(
    times: list[int],
) -> None:
    samples = [replace(sample(), user=str(at), time_ms=time) for at, time in enumerate(times)]
    found = clip_future(samples, RESERVOIR_MS)
    middle = sorted(times)[(len(times) - 1) // 2]
    assert median_ms(samples) == middle
    assert max(s.time_ms for s in found) <= middle + RESERVOIR_MS
    assert [s for s in found if s.time_ms != times[int(s.user)]] == [
        s for s in found if times[int(s.user)] > middle + RESERVOIR_MS
    ]
    assert sorted(s.time_ms for s in clip_future(samples[::-1], RESERVOIR_MS)) == sorted(s.time_ms for s in found)


def test_the_pending_watermark_is_zero_for_one_sample_and_the_earlier_time_of_two() -> None:
    assert pending_watermark_ms([], RESERVOIR_MS) == 0
    assert pending_watermark_ms(at(99), RESERVOIR_MS) == 0
    assert pending_watermark_ms(at(5, 99), RESERVOIR_MS) == 5 * DAY_MS
    assert pending_watermark_ms(at(*range(10)), RESERVOIR_MS) == batch_watermark_ms(at(*range(10))) == 8 * DAY_MS


def lived(n_days: int) -> TrainerHarness:
    population, trainer = PlantedPopulation((0.6, 0.4)), TrainerHarness(policy_of(N, n_segments=2))
    for day in range(n_days):
        trainer.day(population.day(N, at_day(day)))
    return trainer


def test_rewind_sets_every_stored_time_to_the_new_watermark() -> None:
    trainer = lived(2)
    reservoir = dict(trainer.state.users.reservoir)
    reservoir["u3"] = replace(reservoir["u3"], sample=replace(reservoir["u3"].sample, time_ms=at_day(99)))
    since_ms = {"s-0001": at_day(97), "s-0002": at_day(1)}
    ahead = replace(
        trainer.state,
        segments=replace(trainer.state.segments, watermark_ms=at_day(99), underpopulated_since_ms=since_ms),
        users=replace(trainer.state.users, reservoir=reservoir),
        rollout=RolloutState(
            Candidate(2, at_day(96), Cause.STRUCTURE_CHANGE, (SPLIT,), 3, ()),
            changes_since={SPLIT: at_day(95), GONE: at_day(2)},
            ramp_ends_ms=at_day(98),
        ),
        reviewed_ms=at_day(99),
    )
    state = rewind_watermark(ahead, at(6, 6, 6), RESERVOIR_MS)
    rollout, now_ms = state.rollout, 6 * DAY_MS
    assert (state.watermark_ms, state.reviewed_ms, rollout.ramp_ends_ms) == (now_ms,) * 3
    assert state.segments.underpopulated_since_ms == {"s-0001": now_ms, "s-0002": at_day(1)}
    assert rollout.candidate is not None
    assert rollout.candidate.since_ms == now_ms
    assert rollout.changes_since == {SPLIT: now_ms, GONE: at_day(2)}
    assert state.users.reservoir["u3"].sample.time_ms == now_ms
    others = {user: entry for user, entry in state.users.reservoir.items() if user != "u3"}
    assert all(entry is trainer.state.users.reservoir[user] for user, entry in others.items())


@pytest.mark.parametrize("late_days", [0, 1, 13])
def test_late_samples_do_not_rewind_the_watermark(late_days: int) -> None:
    trainer = lived(2)
    assert rewind_watermark(trainer.state, at(*[2 - late_days] * 5), RESERVOIR_MS) is trainer.state


@pytest.mark.parametrize("first", [0, 3])
def test_reviews_are_unchanged_by_a_quarter_of_samples_from_the_future(first: int) -> None:
    #  day        0     1     2     3     4     5
    #  samples    a quarter of each day's is ten years ahead, from the first on or later
    population, wrong = PlantedPopulation((0.6, 0.4)), PlantedPopulation((0.6, 0.4))
    plain, trainer = TrainerHarness(policy_of(N, n_segments=2)), TrainerHarness(policy_of(N, n_segments=2))
    for day in range(6):
        plain.day(population.day(N, at_day(day)))
        trainer.day(
            [
                replace(s, time_ms=s.time_ms + (FAR_MS if day >= first and at % 4 == 0 else 0))
                for at, s in enumerate(wrong.day(N, at_day(day)))
            ]
        )
        assert trainer.state.watermark_ms == at_day(day)
        assert [h.time_ms for h in healths(trainer.outputs[-1])] == [h.time_ms for h in healths(plain.outputs[-1])]
        assert [(v, s) for v, s, _ in decisions(trainer.outputs[-1])] == [
            (v, s) for v, s, _ in decisions(plain.outputs[-1])
        ]
        assert trainer.state.segments.counts.tolist() == plain.state.segments.counts.tolist()


def test_after_a_whole_batch_from_the_future_reviews_resume_within_two_days() -> None:
    population, trainer = PlantedPopulation((0.6, 0.4)), TrainerHarness(policy_of(N, n_segments=2))
    trainer.day(population.day(N, at_day(0)))
    trainer.day(population.day(N, at_day(3650)))
    days = [trainer.day(population.day(N, at_day(day))) for day in range(1, 4)]
    assert [[h.time_ms for h in healths(outputs)] for outputs in days] == [[], [at_day(2)], [at_day(3)]]
    assert [h.n_users for outputs in days for h in healths(outputs)] == [N, N]
    assert [s for _, s, _ in decisions(days[2])] == [Status.PROMOTED]
