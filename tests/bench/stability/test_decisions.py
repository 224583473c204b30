"""Delays and the rows of runs against examples worked by hand."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from bench.stability.decisions import delay_rows, flip_rows
from bench.stability.delay import delays
from bench.stability.runs import FIXED, LIVE, NEITHER
from bench.stability.timeline import Change, RunResult, segment_before
from tests.bench.stability.timelines import SPAN, timeline


def test_a_delay_is_from_a_lasting_move_to_the_same_users_change_to_the_same_segment() -> None:
    reference = {
        "follows": timeline((0, "A"), (10, "B")),
        "comes first": timeline((0, "A"), (10, "B"), (11, "A"), (12, "B")),
        "stays away": timeline((0, "A"), (10, "B")),
        "comes too late": timeline((0, "A"), (10, "B"), (17, "A"), (18, "C")),
        "goes elsewhere": timeline((0, "A"), (10, "B")),
        "is not there": timeline((0, "A"), (10, "B")),
        "does not last": timeline((0, "A"), (10, "B"), (16.9, "A")),
        "ends too early": timeline((0, "A"), (93.5, "B")),
        "moves to nowhere": timeline((0, "A"), (10, "inactive")),
    }
    other = {
        "follows": timeline((0, "A"), (11, "B"), (12, "A"), (13, "B")),
        "comes first": timeline((0, "A"), (11.5, "B")),
        "stays away": timeline((0, "A")),
        "comes too late": timeline((0, "A"), (17, "B")),
        "goes elsewhere": timeline((0, "A"), (11, "C")),
        "does not last": timeline((0, "A"), (11, "B")),
        "ends too early": timeline((0, "A"), (94, "B")),
    }
    found = delays(reference, other, SPAN)
    # one of each of the first six; then C of "comes too late" and A of "does not last", both until the end
    assert (found.n_lasting, found.n_already, found.hours) == (8, 1, (24.0,))


def test_a_run_has_no_delay_against_itself() -> None:
    said = {"ann": timeline((0, "A"), (3, "B"), (20, "A"), (22, "B"), (40, "C"))}
    assert delays(said, said, SPAN).hours == (0.0, 0.0, 0.0)  # all but A, which does not last


def test_rows_of_runs_have_shares_and_percentiles() -> None:
    restless = timeline((0, "A"), (10, "B"), (11, "A"), (30, "B"))
    calm = timeline((0, "A"), (31, "B"))
    said = dict.fromkeys(FIXED, RunResult(defaultdict(list, ann=calm))) | {
        NEITHER: RunResult(defaultdict(list, ann=restless)),
        LIVE: RunResult(defaultdict(list, ann=[replace(change, model=at) for at, change in enumerate(calm)])),
    }
    both, *_, neither, live = flip_rows(said, SPAN)
    assert (both.n_moves, both.flips_of_moves, both.moves_per_1000_days) == (1, 0.0, 10.0)
    assert (neither.n_moves, neither.flips_of_moves, neither.flips_per_1000_days) == (3, 1 / 3, 10.0)
    assert (both.n_models, live.n_models) == (1, 2)
    late = delay_rows(said, SPAN)[0]  # A at 11: there already; B at 30: a day later
    assert (late.n_lasting, late.already, late.followed, late.never) == (2, 0.5, 0.5, 0.0)
    assert (late.median_h, late.p90_h) == (24.0, 24.0)


def test_the_serving_model_is_that_of_the_newest_decision() -> None:
    ann, bob = [Change(1, "pending", "A", 1), Change(9, "A", "B", 2)], [Change(5, "pending", "A", 1)]
    said = RunResult(defaultdict(list, ann=ann, bob=bob), {1: b"one", 2: b"two", 3: b"a candidate"})
    assert said.last_serving_model() == b"two"
    assert [segment_before(ann, time_ms) for time_ms in (1, 2, 9, 10)] == ["pending", "A", "A", "B"]
