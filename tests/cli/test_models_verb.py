"""The texts of `segue models` and `segue segments`, and what they do where there is no Kafka."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stream.cli import models as models_verb
from stream.cli.decision import decision_sentence
from stream.cli.model_comparison import ModelComparison, comparison_text
from stream.cli.model_history import History, paused_note, without_refusals
from stream.core.model_difference import differences
from stream.training.values.lineage import Lineage, LineageEvent
from stream.training.values.promotion import Cause, Promotion, SegmentTransition, Status, Trigger
from stream.wire.promotions import SegmentPromotion, promotion_record
from stream.wire.published_models import PublishedModels
from stream.wire.records import ProducerRecord
from stream.wire.segment_models import model_message
from tests.cli.command_line import run
from tests.core.builders import word_model

VERBS = [
    ("models", "list"),
    ("models", "diff", "1", "2"),
    ("models", "show", "1"),
    ("models", "promote", "1"),
    ("models", "drop", "1"),
    ("models", "rollback"),
    ("models", "refit"),
    ("segments", "list"),
    ("segments", "rename", "s-0001", "name"),
]


def decision(
    version: int, status: Status, former: int = 0, cause: Cause = Cause.REFRESH, **fields: Any
) -> SegmentPromotion:
    return promotion_record(Promotion(version, former, status, Trigger.AUTOMATIC, cause, 0, **fields))


def messages_of(decision: SegmentPromotion) -> list[ProducerRecord]:
    value = msgspec.json.encode(decision)
    serving = [ProducerRecord("segment-model", b"serving", value, [])] if decision.serves else []
    return [ProducerRecord("segment-promotions", str(decision.segment_model).encode(), value, []), *serving]


def history(n_models: int, *decisions: SegmentPromotion) -> History:
    """Return models 1 to `n_models` and these decisions in order."""
    published = PublishedModels()
    messages: list[ProducerRecord] = [model_message(word_model(version=at)) for at in range(1, n_models + 1)]
    for message in (*messages, *(m for d in decisions for m in messages_of(d) if m.topic == "segment-model")):
        published.take(message.key, message.value)
    return History(published, without_refusals(decisions))


@pytest.mark.parametrize(
    ("decisions", "statuses"),
    [
        ([], ["", "", ""]),
        ([decision(1, Status.PROMOTED)], ["serving", "", ""]),
        ([decision(1, Status.PROMOTED), decision(2, Status.PROPOSED, 1)], ["serving", "shadow", ""]),
        (
            [decision(1, Status.PROMOTED), decision(2, Status.HELD, 1), decision(3, Status.PROPOSED, 1)],
            ["serving", "held", "shadow"],
        ),
        (
            [decision(1, Status.PROMOTED), decision(2, Status.DROPPED, 1), decision(3, Status.PROMOTED, 1)],
            ["previous", "dropped", "serving"],
        ),
        (
            [decision(1, Status.PROMOTED), decision(2, Status.PROMOTED, 1), decision(1, Status.ROLLED_BACK, 2)],
            ["serving", "rolled back", ""],
        ),
        (
            [
                decision(1, Status.PROMOTED),
                decision(2, Status.PROMOTED, 1),
                decision(1, Status.ROLLED_BACK, 2),
                decision(2, Status.PROMOTED, 1),
                decision(3, Status.PROMOTED, 2),
            ],
            ["previous", "previous", "serving"],
        ),
        (
            [
                decision(1, Status.PROMOTED),
                decision(2, Status.PROMOTED, 1),
                decision(1, Status.ROLLED_BACK, 2),
                decision(3, Status.PROMOTED, 1),
            ],
            ["previous", "rolled back", "serving"],
        ),
        ([decision(1, Status.PROMOTED), decision(1, Status.REFUSED, 1)], ["serving", "", ""]),
        (
            [decision(1, Status.PROMOTED), decision(2, Status.HELD, 1), decision(2, Status.REFUSED, 1)],
            ["serving", "held", ""],
        ),
        (
            [
                decision(1, Status.PROMOTED),
                decision(2, Status.PROMOTED, 1),
                decision(3, Status.HELD, 2),
                decision(3, Status.DROPPED, 2),
                decision(1, Status.ROLLED_BACK, 2),
            ],
            ["serving", "rolled back", "dropped"],
        ),
        ([decision(3, Status.PROMOTED), decision(9, Status.PROMOTED, 3)], ["", "", "serving"]),
    ],
    ids=[
        "no decision",
        "first",
        "shadow",
        "held",
        "dropped",
        "rolled back",
        "promoted once more after a rollback",
        "another promoted after a rollback",
        "refused promotion of what serves",
        "refused promotion of what is held",
        "dropped by a rollback",
        "the named model is not there",
    ],
)
def test_the_status_of_each_model(decisions: list[SegmentPromotion], statuses: list[str]) -> None:
    assert [row.status for row in history(3, *decisions).rows()] == statuses


def test_the_list_shows_the_reason_of_the_last_decision() -> None:
    told = history(1, decision(1, Status.PROMOTED, cause=Cause.REQUESTED, command_id="7f"))
    assert [row.reason for row in told.rows()] == ["requested"]


def test_the_serving_model_has_its_decision_when_the_others_have_expired() -> None:
    told = history(2, decision(2, Status.PROMOTED, 1, n_sampled=10, share_moved=0.2, share_entered=0.3))
    told.decisions.clear()
    row = told.rows()[1]
    assert (row.status, row.reason, row.n_sampled, row.share_moved) == ("serving", "refresh", 10, 0.2)
    assert row.share_kept == pytest.approx(0.5)


def test_a_pause_of_automatic_promotion_is_shown_until_an_operator_promotes_a_model() -> None:
    #  decision  1 and 2 serve   back to 1   3 is held   a segment of 1 is named: 4   4 may be succeeded again
    #  paused                    *           *           *
    back = decision(1, Status.ROLLED_BACK, 2, auto_promotion_paused=True)
    steps = [
        decision(1, Status.PROMOTED),
        decision(2, Status.PROMOTED, 1),
        back,
        decision(3, Status.HELD, 1, auto_promotion_paused=True),
        decision(4, Status.PROMOTED, 1, auto_promotion_paused=True),
        decision(4, Status.PROMOTED, 4),
    ]
    notes = []
    for n in range(1, len(steps) + 1):
        rows = history(4, *steps[:n]).rows()
        notes.append([row.segment_model for row in rows if row.auto_promotion_paused])
        assert (paused_note(rows) == "") == (not notes[-1])
    assert notes == [[], [], [1], [1], [4], []]
    assert paused_note(history(2, *steps[:3]).rows()) == (
        "automatic promotion is paused since a rollback; `segue models promote 1`, or the promotion of another model, "
        "resumes it"
    )
    told = history(2, *steps[:3])
    told.decisions.clear()
    assert [(row.status, row.auto_promotion_paused) for row in told.rows()] == [
        ("serving", True),
        ("rolled back", False),
    ]


@pytest.mark.parametrize("paused", [False, True])
def test_the_list_shows_a_pause_of_automatic_promotion_as_text_and_as_json(
    paused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = history(
        2,
        decision(1, Status.PROMOTED),
        decision(2, Status.PROMOTED, 1),
        decision(1, Status.ROLLED_BACK, 2, auto_promotion_paused=paused),
    )
    monkeypatch.setattr(models_verb, "read_history", lambda _: told)
    lines = run(tmp_path, "models", "list").stdout.splitlines()
    assert lines[3:] == (["", paused_note(told.rows())] if paused else [])
    rows = [json.loads(line) for line in run(tmp_path, "models", "list", "--json").stdout.splitlines()]
    assert [row["auto_promotion_paused"] for row in rows] == [paused, False]


def test_the_decision_on_a_step_is_the_last_with_sampled_users_or_else_that_on_the_second_model() -> None:
    wanted, last = decision(3, Status.HELD, 2, n_sampled=5), decision(3, Status.PROPOSED, 1, n_sampled=6)
    told = history(4, decision(3, Status.PROPOSED, 2, n_sampled=4), wanted, last, decision(3, Status.PROPOSED, 2))
    assert told.decision_on_step(2, 3) == wanted
    assert told.decision_on_step(1, 3) == last
    assert told.decision_on_step(4, 3) == last  # a refresh took the place of 2 since it was held
    assert told.decision_on_step(3, 2) is None


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (decision(1, Status.PROMOTED), "model 1 serves"),
        (decision(2, Status.PROMOTED, 1), "model 2 serves instead of 1"),
        (
            decision(2, Status.PROMOTED, 1, ramp_ms=90_000),
            "model 2 serves instead of 1, users pass to it over 1.5 min",
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
        ["born", "s-0003", "tea"], ["kept", "s-0002", "bread"], ["retired", "s-0001", "milk"],
    ]  # fmt: skip
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
