"""Turns become longer while they are quick, and shorter when texts or transactions make them slow."""

from __future__ import annotations

from stream.engines.transactional.turn_size import TurnSize


def after(most: int, us_a_record: float, n_turns: int = 20) -> TurnSize:
    """Return the size after turns that were full, at this cost of a record."""
    size = TurnSize(most)
    for _ in range(n_turns):
        size.delivered(size.n_max, size.n_max * us_a_record / 1e6)
    return size


def test_a_quick_worker_comes_to_take_the_most_and_never_more() -> None:
    assert TurnSize(4_000).n_max < 4_000
    assert after(4_000, us_a_record=50).n_max == 4_000
    assert after(300, us_a_record=50).n_max == 300


def test_a_turn_of_new_texts_takes_about_a_second_from_then_on() -> None:
    slow = after(4_000, us_a_record=5_000)
    assert 0.5 < slow.n_max * 0.005 <= 1.0
    slow.delivered(slow.n_max, 0.01)  # the texts are known again
    for _ in range(10):
        slow.delivered(slow.n_max, 0.01)
    assert slow.n_max == 4_000


def test_few_records_in_a_light_load_do_not_make_turns_smaller() -> None:
    size = TurnSize(4_000)
    for _ in range(10):
        size.delivered(3, 0.005)
    assert size.n_max == 4_000


def test_aborted_turns_become_smaller_down_to_one_record() -> None:
    size = TurnSize(4_000)
    for _ in range(20):
        size.aborted()
    assert size.n_max == 1
    size.delivered(1, 0.01)
    assert size.n_max == 2
