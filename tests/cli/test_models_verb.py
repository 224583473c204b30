"""The texts of `segue models` and `segue segments`, and what they do where there is no Kafka."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stream.cli import models as models_verb
from stream.cli.decision import verdict_sentence
from stream.cli.model_comparison import ModelComparison, comparison_text
from stream.cli.model_history import History, frozen_note, without_refusals
from stream.core.model_difference import differences
from stream.training.values.lineage import Lineage
from stream.training.values.promotion import DROPPED, HELD, PROMOTED, PROPOSED, REFUSED, ROLLED_BACK, Flow, Promotion
from stream.wire.promotions import promotion_messages
from stream.wire.published_models import PublishedModels
from stream.wire.records import ProducerRecord
from stream.wire.segment_models import model_message
from tests.cli.command_line import run
from tests.core.builders import segments

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


def decision(version: int, status: str, former: int = 0, reason: str = "", **fields: Any) -> Promotion:
    return Promotion(version, former, status, "budget", reason, 0, **fields)


def history(n_models: int, *verdicts: Promotion) -> History:
    """Models 1 to `n_models`, and these verdicts in order."""
    published = PublishedModels()
    messages: list[ProducerRecord] = [model_message(segments(version=at)) for at in range(1, n_models + 1)]
    for message in (*messages, *(m for v in verdicts for m in promotion_messages(v) if m.topic == "segment-model")):
        published.take(message.key, message.value)
    return History(published, without_refusals(verdicts))


@pytest.mark.parametrize(
    ("verdicts", "statuses"),
    [
        ([], ["", "", ""]),
        ([decision(1, PROMOTED)], ["serving", "", ""]),
        ([decision(1, PROMOTED), decision(2, PROPOSED, 1)], ["serving", "shadow", ""]),
        ([decision(1, PROMOTED), decision(2, HELD, 1), decision(3, PROPOSED, 1)], ["serving", "held", "shadow"]),
        ([decision(1, PROMOTED), decision(2, DROPPED, 1), decision(3, PROMOTED, 1)], ["former", "dropped", "serving"]),
        (
            [decision(1, PROMOTED), decision(2, PROMOTED, 1), decision(1, ROLLED_BACK, 2)],
            ["serving", "rolled back", ""],
        ),
        (
            [
                decision(1, PROMOTED), decision(2, PROMOTED, 1), decision(1, ROLLED_BACK, 2), decision(2, PROMOTED, 1),
                decision(3, PROMOTED, 2),
            ],
            ["former", "former", "serving"],
        ),
        (
            [
                decision(1, PROMOTED), decision(2, PROMOTED, 1), decision(1, ROLLED_BACK, 2), decision(3, PROMOTED, 1),
            ],
            ["former", "rolled back", "serving"],
        ),
        ([decision(1, PROMOTED), decision(1, REFUSED, 1, "serves (asked for by x)")], ["serving", "", ""]),
        (
            [decision(1, PROMOTED), decision(2, HELD, 1), decision(2, REFUSED, 1, "no (asked for by x)")],
            ["serving", "held", ""],
        ),
        (
            [
                decision(1, PROMOTED), decision(2, PROMOTED, 1), decision(3, HELD, 2),
                decision(3, DROPPED, 2, "rolled back (asked for by x)"), decision(1, ROLLED_BACK, 2, "asked for by x"),
            ],
            ["serving", "rolled back", "dropped"],
        ),
        ([decision(3, PROMOTED), decision(9, PROMOTED, 3)], ["", "", "serving"]),
    ],
    ids=[
        "no verdict", "first", "shadow", "held", "dropped", "rolled back", "promoted once more after a rollback",
        "another promoted after a rollback", "refused promotion of what serves",
        "refused promotion of what is held", "dropped by a rollback", "the named model is not there",
    ],
)  # fmt: skip
def test_the_status_of_each_model(verdicts: list[Promotion], statuses: list[str]) -> None:
    assert [row.status for row in history(3, *verdicts).rows()] == statuses


@pytest.mark.parametrize(
    ("reason", "shown"),
    [("asked for by 7f", "by hand"), ("a new fit (asked for by 7f)", "a new fit by hand"), ("refresh", "refresh")],
)
def test_a_reason_shows_no_ids_of_commands(reason: str, shown: str) -> None:
    told = history(1, decision(1, PROMOTED, reason=reason))
    assert [row.reason for row in told.rows()] == [shown]


def test_what_serves_has_its_verdict_when_the_others_have_expired() -> None:
    told = history(2, decision(2, PROMOTED, 1, "within the budget", people=10, moved=0.2, entered=0.3))
    told.verdicts.clear()
    row = told.rows()[1]
    assert (row.status, row.reason, row.people, row.moved) == ("serving", "within the budget", 10, 0.2)
    assert row.kept == pytest.approx(0.5)


def test_a_rollback_that_lets_nothing_else_serve_by_itself_is_seen_as_long_as_it_holds() -> None:
    #  verdict   1 and 2 serve   back to 1   3 is held   a segment of 1 is named: 4   4 may be succeeded again
    #  frozen                    *           *           *
    back = decision(1, ROLLED_BACK, 2, frozen=True)
    steps = [
        decision(1, PROMOTED), decision(2, PROMOTED, 1), back, decision(3, HELD, 1, frozen=True),
        decision(4, PROMOTED, 1, frozen=True), decision(4, PROMOTED, 4),
    ]  # fmt: skip
    notes = []
    for n in range(1, len(steps) + 1):
        rows = history(4, *steps[:n]).rows()
        notes.append([row.version for row in rows if row.frozen])
        assert (frozen_note(rows) == "") == (not notes[-1])
    assert notes == [[], [], [1], [1], [4], []]
    assert frozen_note(history(2, *steps[:3]).rows()) == (
        "since a rollback no model comes to serve by itself; `segue models promote 1` lets the one that serves go on "
        "from there, to promote another one ends it too"
    )
    told = history(2, *steps[:3])
    told.verdicts.clear()
    assert [(row.status, row.frozen) for row in told.rows()] == [("serving", True), ("rolled back", False)]


@pytest.mark.parametrize("frozen", [False, True])
def test_the_list_tells_people_and_programs_that_nothing_is_promoted_by_itself(
    frozen: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = history(2, decision(1, PROMOTED), decision(2, PROMOTED, 1), decision(1, ROLLED_BACK, 2, frozen=frozen))
    monkeypatch.setattr(models_verb, "read_history", lambda _: told)
    lines = run(tmp_path, "models", "list").stdout.splitlines()
    assert lines[3:] == (["", frozen_note(told.rows())] if frozen else [])
    rows = [json.loads(line) for line in run(tmp_path, "models", "list", "--json").stdout.splitlines()]
    assert [row["frozen"] for row in rows] == [frozen, False]


def test_the_decision_on_a_step_is_the_last_on_these_two_that_looked_at_people_or_else_on_the_second() -> None:
    wanted, last = decision(3, HELD, 2, people=5), decision(3, PROPOSED, 1, people=6)
    told = history(4, decision(3, PROPOSED, 2, people=4), wanted, last, decision(3, PROPOSED, 2))
    assert told.verdict_on_step(2, 3) == wanted
    assert told.verdict_on_step(1, 3) == last
    assert told.verdict_on_step(4, 3) == last  # a refresh took the place of 2 since it was held
    assert told.verdict_on_step(3, 2) is None


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (decision(1, PROMOTED), "model 1 serves"),
        (decision(2, PROMOTED, 1), "model 2 serves instead of 1"),
        (decision(2, PROMOTED, 1, ramp_ms=90_000), "model 2 serves instead of 1, people pass to it over 1.5 min"),
        (decision(1, ROLLED_BACK, 2), "model 1 serves again instead of 2"),
        (decision(2, PROPOSED, 1), "model 2 runs in shadow beside 1, which goes on serving"),
        (
            decision(2, HELD, 1, "over the budget", people=2_000, moved=0.125, entered=0.01),
            "model 2 is held: over the budget (12.5 % of 2,000 people looked at leave their segment, 1.0 % get one who "
            "had none)",
        ),
        (decision(2, DROPPED, 1, "3 took its place"), "model 2 is dropped: 3 took its place"),
        (decision(2, DROPPED, 1, "given up (asked for by 7f)"), "model 2 is dropped: given up by hand"),
        (
            replace(decision(5, ROLLED_BACK, 4, "model 1 under the names given since (asked for by 7f)"), by="hand"),
            "model 5 serves again instead of 4: model 1 under the names given since",
        ),
        (replace(decision(3, PROMOTED, 2, "asked for by 7f"), by="hand"), "model 3 serves instead of 2"),
    ],
    ids=[
        "first",
        "next",
        "gradual",
        "back",
        "shadow",
        "held",
        "dropped",
        "dropped by hand",
        "back under another number",
        "by hand",
    ],
)
def test_a_verdict_is_a_sentence(said: Promotion, sentence: str) -> None:
    assert verdict_sentence(said) == sentence


def test_a_comparison_names_segments_flows_and_lineage() -> None:
    before, after = segments(("milk", "bread"), version=1), segments(("rolls", "tea"), version=2, first=2)
    step = decision(
        2, PROMOTED, 1, people=1_000, moved=0.1, flows=(Flow("s-0001", "s-0003", 100, 0.1),),
        lineage=(
            Lineage("s-0001", "split", (), 2, 0.0, ("s-0002", "s-0003"), (0.5, 0.5)),
            Lineage("s-0002", "survived", (), 2, 0.5),
        ),
    )  # fmt: skip
    said = comparison_text(ModelComparison(1, 2, differences(before, after), step)).splitlines()
    assert [line.split()[:3] for line in said[2:5]] == [
        ["born", "s-0003", "tea"], ["kept", "s-0002", "bread"], ["retired", "s-0001", "milk"],
    ]  # fmt: skip
    assert "bread → rolls" in said[3]
    assert said[6:] == [
        "– model 2 serves instead of 1 (10.0 % of 1,000 people looked at leave their segment)",
        "from       to      people   share",
        "s-0001  →  s-0003     100  10.0 %",
        "split  s-0001  to s-0002, s-0003",
    ]


def test_a_comparison_says_so_when_the_trainer_looked_at_another_step() -> None:
    held = replace(decision(3, HELD, 1, "over the budget", people=10), time_ms=86_400_000)
    models = segments(version=2), segments(version=3)
    said = comparison_text(ModelComparison(2, 3, differences(*models), held)).splitlines()
    assert said[-2:] == [
        "whom it moves is as of 1970-01-02 00:00, against model 1, which served then:",
        "1970-01-02 00:00 model 3 is held: over the budget (0.0 % of 10 people looked at leave their segment)",
    ]
    of_step = comparison_text(ModelComparison(1, 3, differences(*models), held))
    assert "whom it moves is as of" not in of_step
