"""Freshness in words, the same when a page is made and when it is updated."""

from __future__ import annotations

from stream.store.freshness import Freshness, State
from stream.web.figures import plural, span

_SENTENCES = {
    State.LIVE: "Live: every change is here",
    State.CATCHING_UP: "Catching up: figures still change quickly",
    State.RECONNECTING: "Reconnecting to Kafka: figures are old",
    State.NO_TOPICS: "Waiting for topics: run segue topics create, or start a worker",
    State.FILE: "From a file",
}


def state_sentence(freshness: Freshness) -> str:
    """Return the state of the figures as a sentence, with its cause if there is one to tell."""
    sentence, reason = _SENTENCES[freshness.state], freshness.reason
    if not reason:
        return f"{sentence}."
    if freshness.state is State.FILE:
        return f"{sentence}: {reason}."
    return f"{sentence}. {reason[0].upper()}{reason[1:]}."


def age_words(freshness: Freshness) -> str:
    """Return how old the figures are, in wall time."""
    if freshness.state is State.FILE:
        return "as old as the file"
    return "under 1 second" if freshness.behind_ms < 1_000 else span(freshness.behind_ms)


def lag_words(freshness: Freshness) -> str:
    """Return how many records wait."""
    return plural(freshness.lag, "record")
