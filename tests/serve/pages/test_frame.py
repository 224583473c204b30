"""The frame of a page says how fresh its figures are."""

from __future__ import annotations

import pytest

from stream.serve.freshness_words import state_sentence
from stream.serve.pages.frame import MENU, frame_of
from stream.serve.pages.router import ROUTES
from stream.store.freshness import Freshness, State


@pytest.mark.parametrize("state", State)
def test_every_state_is_a_sentence_with_its_cause(state: State) -> None:
    said = state_sentence(Freshness(state, 3, 5_000, 0, 7, "the broker does not answer"))
    assert said.endswith(": the broker does not answer." if state is State.FILE else ". The broker does not answer.")
    assert state_sentence(Freshness(state, 3, 5_000, 0, 7, "")).endswith(".")


def test_age_and_lag_are_on_the_frame() -> None:
    frame = frame_of("/", Freshness(State.CATCHING_UP, 1_200, 5_000, 0, 7, ""), 99, 6)
    assert (frame.age, frame.lag_text, frame.newest_ms, frame.revision) == ("5 seconds", "1,200 records", 99, 6)


def test_a_file_has_no_age() -> None:
    assert frame_of("/", Freshness(State.FILE, 0, 0, 0, 7, ""), 0, 7).age == "as old as the file"
    assert frame_of("/", Freshness(State.FILE, 0, 0, 0, 7, ""), 0, 7).newest_ms is None


def test_every_entry_of_the_menu_is_a_page() -> None:
    assert {address for address, _ in MENU} <= ROUTES.keys()
