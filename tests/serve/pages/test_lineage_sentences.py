"""Lineage as sentences, each worked by hand."""

from __future__ import annotations

import pytest

from stream.serve.pages.lineage_sentences import lineage_sentence
from stream.training.values.lineage import LineageEvent
from stream.wire.lineage import PromotionLineage
from tests.serve.pages.records import NAMES


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (
            PromotionLineage("s-0001", LineageEvent.BORN, (), 2, 0.1, (), ()),
            "Baby food was born.",
        ),
        (
            PromotionLineage("s-0009", LineageEvent.BORN, ("s-0001",), 2, 0.1, (), (0.4,)),
            "s-0009 was born, mostly of users from Baby food.",
        ),
        (
            PromotionLineage("s-0001", LineageEvent.SPLIT, (), 2, 0.1, ("s-0001", "s-0009"), (0.55, 0.45)),
            "Baby food was split: of its users 55% stayed and 45% are now in s-0009. "
            "It is smaller because it was divided.",
        ),
        (
            PromotionLineage("s-0001", LineageEvent.MERGED, ("s-0001", "s-0009"), 2, 0.1, (), (1.0, 0.8)),
            "Baby food took in s-0009.",
        ),
        (
            PromotionLineage("s-0001", LineageEvent.RETIRED, (), 2, 0.0, ("s-0009",), (0.9,)),
            "Baby food was retired: of its users 90% are now in s-0009.",
        ),
        (PromotionLineage("s-0001", LineageEvent.RETIRED, (), 2, 0.0, (), ()), "Baby food was retired."),
        (
            PromotionLineage("s-0001", LineageEvent.SURVIVED, (), 2, 0.1, (), ()),
            "Baby food kept its id with a new encoder.",
        ),
    ],
)
def test_an_event_is_a_sentence(event: PromotionLineage, sentence: str) -> None:
    assert lineage_sentence(event, NAMES) == sentence
