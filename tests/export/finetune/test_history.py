"""Histories: texts normalised once, users in order, fingerprints of everything learned from."""

from __future__ import annotations

from export.finetune.history import history_of
from stream.core.text.steps import TextStep
from tests.export.finetune.histories import NONE


def test_equal_texts_after_the_text_step_are_one_and_events_are_in_time_order() -> None:
    rows = [("a", 3, "Red  SHOES"), ("a", 1, "wine"), ("b", 2, "red shoes"), ("b", 5, "<br>")]
    history = history_of(rows, {"a": {"age": "30"}}, TextStep("behaviour-1"))

    assert history.texts == ("red shoes", "wine")
    assert [(user.user, user.texts.tolist(), user.times_ms.tolist()) for user in history.users] == [
        ("a", [1, 0], [1, 3]),
        ("b", [0], [2]),
    ]
    assert history.uses().tolist() == [2, 1]
    assert history.users[0].labels == {"age": "30"}


def test_blank_texts_are_dropped() -> None:
    assert history_of([("a", 1, "  "), ("a", 2, "wine")], {}, NONE).texts == ("wine",)


def test_the_fingerprint_covers_texts_times_users_and_labels() -> None:
    rows = [("a", 1, "wine"), ("b", 2, "beer")]
    histories = [
        history_of(rows, {}, NONE),
        history_of(rows, {"a": {"age": "30"}}, NONE),
        history_of([("a", 7, "wine"), rows[1]], {}, NONE),
        history_of([("a", 1, "milk"), rows[1]], {}, NONE),
        history_of([("c", 1, "wine"), rows[1]], {}, NONE),
    ]
    assert len({history.fingerprint() for history in histories}) == 5
    assert history_of(reversed(rows), {}, NONE).fingerprint() == histories[0].fingerprint()
