"""A change as a sentence, worked by hand."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from stream.core.output import Quality
from stream.core.transition import Rule
from stream.demo.format_change import sentence
from stream.wire.changes import (
    ChangeCertainty,
    ChangeEvidence,
    EvidenceFeature,
    EvidenceItems,
    Hysteresis,
    SegmentChange,
    SegmentRef,
)

CHANGE = SegmentChange(
    user="7",
    sequence=2,
    from_=SegmentRef("s-0004", "soda · cola"),
    to=SegmentRef("s-0012", "bread · rolls"),
    rule=Rule.MARGIN_AND_DWELL,
    certainty=ChangeCertainty("s-0012", 0.61, 1.2, "s-0004", 0.75, 0.187, 0.75),
    hysteresis=Hysteresis(0.1, 60_000, 61_000),
    evidence=ChangeEvidence(
        (EvidenceItems("fresh rolls", ("e1", "e2"), 0.4), EvidenceItems("rye bread", ("e3",), 0.2)), ()
    ),
    n_items=9,
    event_time_ms=1_699_999_999_000,
    decision_time_ms=1_700_000_000_000,  # 2023-11-14 22:13:20 UTC
    segment_model=3,
    encoder="0123456789ab",
    quality=Quality.FULL,
    pinned_by="",
)
BEGIN = "2023-11-14 22:13 user 7: s-0004 soda · cola → s-0012 bread · rolls"
END = " (19% ahead of s-0004)"


def because(**changed: Any) -> str:
    """Return the reason in the sentence of a change with other fields."""
    return sentence(msgspec.structs.replace(CHANGE, **changed)).removeprefix(BEGIN).removesuffix(END)


def test_a_sentence_has_time_user_segments_reason_and_certainty() -> None:
    assert sentence(CHANGE) == f"{BEGIN}, because FRESH ROLLS ×2, RYE BREAD ×1{END}"


@pytest.mark.parametrize("reserved", ["pending", "unknown", "inactive"])
def test_a_reserved_segment_is_named_once(reserved: str) -> None:
    change = msgspec.structs.replace(CHANGE, from_=SegmentRef(reserved, reserved))
    assert sentence(change).startswith(f"2023-11-14 22:13 user 7: {reserved} → s-0012 bread · rolls, because")


def test_without_items_the_features_are_the_reason() -> None:
    features = (EvidenceFeature("recency", 3.0, -1.3, 0.3), EvidenceFeature("amount_mean", 80.0, 2.0, 0.1))
    assert because(evidence=ChangeEvidence((), features)) == ", because recency -1.3 sd, amount_mean +2.0 sd"


def test_the_trait_of_a_pin_is_the_reason() -> None:
    change = msgspec.structs.replace(
        CHANGE,
        to=SegmentRef("staff", "staff"),
        rule=Rule.PINNED,
        certainty=None,
        evidence=ChangeEvidence((), ()),
        pinned_by="job=clerk",
    )
    assert sentence(change) == "2023-11-14 22:13 user 7: s-0004 soda · cola → staff, because job=clerk"


def test_items_go_before_features() -> None:
    evidence = ChangeEvidence(CHANGE.evidence.items[:1], (EvidenceFeature("recency", 3.0, -1.3, 0.3),))
    assert because(evidence=evidence) == ", because FRESH ROLLS ×2"


def test_items_without_text_are_still_counted() -> None:
    assert because(evidence=ChangeEvidence((EvidenceItems("", ("e1", "e2", "e3"), 0.4),), ())) == ", because items ×3"


def test_a_long_text_is_cut() -> None:
    assert because(evidence=ChangeEvidence((EvidenceItems("x" * 500, ("e1",), 0.4),), ())) == f", because {'X' * 40} ×1"


def test_a_change_with_no_evidence_gives_no_reason() -> None:
    assert because(evidence=ChangeEvidence((), ())) == ""


def test_an_empty_window_has_no_reason_and_no_certainty() -> None:
    change = msgspec.structs.replace(
        CHANGE, to=SegmentRef("inactive", "inactive"), rule="inactive", certainty=None, evidence=ChangeEvidence((), ())
    )
    assert sentence(change) == "2023-11-14 22:13 user 7: s-0004 soda · cola → inactive"
