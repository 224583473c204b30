"""Comparison of changes: by field, to the last bit."""

from __future__ import annotations

import math

from msgspec.structs import replace

from stream.explain.comparison import differences
from stream.explain.explanation import Difference
from tests.explain.stories import published

CHANGE = published()[1]


def test_equal_changes_have_no_differences() -> None:
    assert differences(CHANGE, published()[1]) == ()


def test_a_last_bit_is_a_difference() -> None:
    assert CHANGE.certainty is not None
    margin = CHANGE.certainty.margin
    other = replace(CHANGE, certainty=replace(CHANGE.certainty, margin=math.nextafter(margin, 1)))
    assert differences(CHANGE, other) == (
        Difference("certainty.margin", repr(margin), repr(math.nextafter(margin, 1))),
    )


def test_fields_in_lists_and_missing_parts_have_paths_and_the_sentence_is_last() -> None:
    [item, *_] = CHANGE.evidence.items
    evidence = replace(CHANGE.evidence, items=(replace(item, ids=("x", *item.ids[1:])),), semantic_contribution=0.5)
    found = differences(CHANGE, replace(CHANGE, summary="moved", certainty=None, evidence=evidence))
    assert [each.field for each in found] == [
        "certainty",
        "evidence.items[0].ids[0]",
        "evidence.semantic_contribution",
        "summary",
    ]
    assert (found[0].recomputed, found[1].recomputed, found[2].recomputed) == ("null", '"x"', "0.5")
