"""Histories for the tests of fine-tuning."""

from __future__ import annotations

from export.finetune.history import History, history_of
from stream.core.text.steps import TextStep

NONE = TextStep("none")


def two_users(n_events: int, every_ms: int) -> History:
    """Users `a` and `b`, each with the same distinct texts, one every `every_ms`."""
    times = [at * every_ms for at in range(n_events)]
    return history_of([(user, t, f"text {t}") for user in ("a", "b") for t in times], {}, NONE)
