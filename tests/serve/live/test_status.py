"""Pages tell the state of the figures, and call them stale after a minute without a broker."""

from __future__ import annotations

import pytest

from stream.serve.live.status import STALE_MS, status
from stream.store.freshness import Freshness, State

SINCE_MS = 1_767_225_600_000


def freshness(state: State, reason: str = "") -> Freshness:
    return Freshness(state, lag=1_200, behind_ms=5_000, since_ms=SINCE_MS, revision=7, reason=reason)


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_sentence(state: State) -> None:
    said = status(freshness(state), SINCE_MS)
    assert said.state == state.value
    assert said.sentence.endswith(".")


def test_figures_are_stale_after_a_minute_without_a_broker() -> None:
    before, after = (status(freshness(State.RECONNECTING), SINCE_MS + ms) for ms in (STALE_MS - 1, STALE_MS))
    assert (before.state, after.state) == ("reconnecting", "stale")
    assert after.sentence.startswith("Stale since 2026-01-01 00:00:00 UTC.")


def test_the_age_of_a_file_is_not_told() -> None:
    assert status(freshness(State.FILE), SINCE_MS).age_ms is None
    assert status(freshness(State.LIVE), SINCE_MS).age_ms == 5_000


def test_the_lag_is_text_and_number() -> None:
    assert status(freshness(State.CATCHING_UP), SINCE_MS).lag == ("1,200 records", 1_200)
