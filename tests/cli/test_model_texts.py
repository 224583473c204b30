"""Texts of `segue models`: decisions as sentences, and comparisons."""

from __future__ import annotations

import msgspec
import pytest

from stream.cli.decision import decision_sentence
from stream.cli.model_comparison import ModelComparison, comparison_text
from stream.core.model_difference import differences
from stream.training.values.lineage import Lineage, LineageEvent
from stream.training.values.promotion import Cause, SegmentTransition, Status, Trigger
from stream.wire.promotions import SegmentPromotion
from tests.cli.model_records import decision
from tests.core.builders import word_model


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (decision(1, Status.PROMOTED), "model 1 serves"),
        (decision(2, Status.PROMOTED, 1), "model 2 serves instead of 1"),
        (
            decision(2, Status.PROMOTED, 1, ramp_ms=90_000),
            "model 2 serves instead of 1, users switch to it over 1.5 min",
        ),
        (decision(1, Status.ROLLED_BACK, 2), "model 1 serves again instead of 2"),
        (decision(2, Status.PROPOSED, 1), "model 2 runs in shadow beside 1, which still serves"),
        (
            decision(
                2,
                Status.HELD,
                1,
                Cause.OVER_BUDGET,
                churn_budget=0.1,
                n_sampled=2_000,
                share_moved=0.125,
                share_entered=0.01,
            ),
            "model 2 is held: would move 12.5% of users, the churn budget is 10.0% "
            "(12.5 % of 2,000 sampled users leave their segment, 1.0 % get their "
            "first)",
        ),
        (decision(2, Status.DROPPED, 1, Cause.SUPERSEDED), "model 2 is dropped: a newer model takes its place"),
        (decision(2, Status.DROPPED, 1, Cause.REQUESTED, command_id="7f"), "model 2 is dropped: requested"),
        (
            msgspec.structs.replace(
                decision(5, Status.ROLLED_BACK, 4, Cause.REQUESTED_RENAMED), trigger=Trigger.OPERATOR
            ),
            "model 5 serves again instead of 4: requested, under the names given since",
        ),
        (
            msgspec.structs.replace(decision(3, Status.PROMOTED, 2, Cause.REQUESTED), trigger=Trigger.OPERATOR),
            "model 3 serves instead of 2",
        ),
    ],
    ids=[
        "first",
        "next",
        "gradual",
        "back",
        "shadow",
        "held",
        "dropped",
        "dropped by the operator",
        "back under another number",
        "by the operator",
    ],
)
def test_a_decision_is_a_sentence(said: SegmentPromotion, sentence: str) -> None:
    assert decision_sentence(said) == sentence


def test_a_comparison_shows_segments_transitions_and_lineage() -> None:
    before, after = word_model(("milk", "bread"), version=1), word_model(("rolls", "tea"), version=2, first=2)
    step = decision(
        2,
        Status.PROMOTED,
        1,
        n_sampled=1_000,
        share_moved=0.1,
        transitions=(SegmentTransition("s-0001", "s-0003", 100, 0.1),),
        lineage=(
            Lineage("s-0001", LineageEvent.SPLIT, (), 2, 0.0, ("s-0002", "s-0003"), (0.5, 0.5)),
            Lineage("s-0002", LineageEvent.SURVIVED, (), 2, 0.5),
        ),
    )
    said = comparison_text(ModelComparison(1, 2, differences(before, after), step)).splitlines()
    assert [line.split()[:3] for line in said[2:5]] == [
        ["born", "s-0003", "tea"],
        ["kept", "s-0002", "bread"],
        ["retired", "s-0001", "milk"],
    ]
    assert "bread → rolls" in said[3]
    assert said[6:] == [
        "– model 2 serves instead of 1 (10.0 % of 1,000 sampled users leave their segment)",
        "from       to      users   share",
        "s-0001  →  s-0003    100  10.0 %",
        "split  s-0001  to s-0002, s-0003",
    ]


def test_a_comparison_names_the_step_that_its_decision_is_about() -> None:
    held = msgspec.structs.replace(decision(3, Status.HELD, 1, Cause.OVER_BUDGET, n_sampled=10), time_ms=86_400_000)
    models = word_model(version=2), word_model(version=3)
    said = comparison_text(ModelComparison(2, 3, differences(*models), held)).splitlines()
    assert said[-2:] == [
        "transitions as of 1970-01-02 00:00, from model 1, which served then:",
        "1970-01-02 00:00 model 3 is held: would move 0.0% of users, the churn budget is 0.0% "
        "(0.0 % of 10 sampled users leave their segment)",
    ]
    of_step = comparison_text(ModelComparison(1, 3, differences(*models), held))
    assert "transitions as of" not in of_step
