"""The frame around every page: menu, freshness and revision."""

from __future__ import annotations

from dataclasses import dataclass

from stream.serve.freshness_words import age_words, lag_words, state_sentence
from stream.store.freshness import Freshness

MENU = (
    ("/", "Overview"),
    ("/segments", "Segments"),
    ("/flows", "Flows"),
    ("/changes", "Changes"),
    ("/alerts", "Alerts"),
    ("/deliveries", "Deliveries"),
    ("/map", "Map"),
    ("/models", "Models"),
    ("/health", "Health"),
)


@dataclass(frozen=True, slots=True)
class Frame:
    """Values that every page shows. `address` is the entry of the menu that the page belongs to."""

    address: str
    state: str
    sentence: str
    age: str
    lag: int
    lag_text: str
    newest_ms: int | None
    revision: int
    menu: tuple[tuple[str, str], ...] = MENU


def frame_of(address: str, freshness: Freshness, newest_ms: int | None, revision: int) -> Frame:
    """Return the frame of a page of a `revision`; `newest_ms` is the stream's clock, None or 0 before a decision."""
    return Frame(
        address=address,
        state=freshness.state.value,
        sentence=state_sentence(freshness),
        age=age_words(freshness),
        lag=freshness.lag,
        lag_text=lag_words(freshness),
        newest_ms=newest_ms or None,
        revision=revision,
    )
