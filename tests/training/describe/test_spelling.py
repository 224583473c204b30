"""Spelling of phrases, by the habits of the texts."""

from __future__ import annotations

import pytest

from stream.training.describe.corpus import build_corpus
from stream.training.describe.spelling import sentence_case, spelling_of


@pytest.mark.parametrize(
    ("texts", "phrase", "spelt"),
    [
        (("the iPhone case", "an iPhone case"), "iphone case", "iPhone case"),
        (("iPhone Case", "iPhone case", "iphone case", "my iPhone"), "iphone case", "iPhone case"),
        (("WHITE METAL LANTERN", "RED LANTERN"), "metal lantern", "metal lantern"),
        (("my DVD player", "a DVD player"), "dvd player", "DVD player"),
        (("Cat Litter Boxes", "Dog Beds", "iPod Docks"), "litter boxes", "litter boxes"),
        (("Infant formula, milk base", "Baby food for the night"), "infant formula", "infant formula"),
        (("Bilder ansehen", "Musik hören", "ein Bild der Musik", "viele Töne"), "bilder", "Bilder"),
        (("my red_shoes  size", "your red shoes"), "red shoes", "red shoes"),
        (("白色的运动鞋",), "白色", "白色"),
    ],
    ids=[
        "own capitals",
        "the most frequent",
        "shouts",
        "abbreviation",
        "titles",
        "sentences",
        "nouns",
        "underscore",
        "zh",
    ],
)
def test_a_phrase_is_spelt_as_its_users_do(texts: tuple[str, ...], phrase: str, spelt: str) -> None:
    stream = build_corpus([[texts]]).stream
    keys = [stream.keys[word] if word >= 0 else "" for word in stream.words.tolist()]
    words = phrase.split(" ") if " " in phrase or phrase.isascii() else list(phrase)
    place = next(at for at in range(len(keys)) if keys[at : at + len(words)] == words)
    assert spelling_of(stream).of(place, len(words)) == spelt


@pytest.mark.parametrize(
    ("text", "found"),
    [("baby food", "Baby food"), ("iPhone case", "iPhone case"), ("DVD", "DVD"), ("运动鞋", "运动鞋"), ("", "")],
)
def test_a_sentence_begins_with_a_capital_unless_its_first_word_has_its_own(text: str, found: str) -> None:
    assert sentence_case(text) == found
