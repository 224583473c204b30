"""Typical texts are of several users and hold the segment's phrases."""

from __future__ import annotations

from stream.core.description import Phrase
from stream.training.describe.corpus import build_corpus
from stream.training.describe.typical_texts import typical_texts

PHRASES = (Phrase("baby food", 1.0), Phrase("diapers", 0.5))


def texts_of(*users: tuple[str, ...]) -> tuple[str, ...]:
    """Return the typical texts of one segment."""
    (found,) = typical_texts(build_corpus([users]), [PHRASES])
    return found


def test_a_text_needs_three_users() -> None:
    assert texts_of(("diapers",), ("diapers",), ("diapers", "baby food")) == ("diapers",)
    assert texts_of(("baby food", "baby food"), ("baby food",)) == ()


def test_a_text_without_a_phrase_of_the_segment_is_not_typical() -> None:
    assert texts_of(*[("hello there", "4.")] * 3) == ()


def test_texts_with_the_best_phrases_come_first_and_then_those_of_more_users() -> None:
    said = ("diapers please", "diapers and baby food", "large diapers")
    assert texts_of(*[said] * 3, ("large diapers",)) == (
        "diapers and baby food",
        "large diapers",
        "diapers please",
    )


def test_texts_in_nearly_the_same_words_are_told_once() -> None:
    assert texts_of(*[("where is baby food", "Where is the baby food?", "baby food", "diapers")] * 3) == (
        "Where is the baby food?",
        "baby food",
        "diapers",
    )
