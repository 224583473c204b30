"""The list of `segue models`: status, reason and figures of each model, and the pause of automatic promotion."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stream.cli import models as models_verb
from stream.cli.model_history import paused_note
from stream.training.values.promotion import Cause, Status
from stream.wire.promotions import SegmentPromotion
from tests.cli.command_line import run
from tests.cli.model_records import decision, history


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
    kept = history(1, decision(1, Status.PROMOTED, cause=Cause.REQUESTED, command_id="7f"))
    assert [row.reason for row in kept.rows()] == ["requested"]


def test_the_serving_model_has_its_decision_when_the_others_have_expired() -> None:
    kept = history(2, decision(2, Status.PROMOTED, 1, n_sampled=10, share_moved=0.2, share_entered=0.3))
    kept.decisions.clear()
    row = kept.rows()[1]
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
    kept = history(2, *steps[:3])
    kept.decisions.clear()
    assert [(row.status, row.auto_promotion_paused) for row in kept.rows()] == [
        ("serving", True),
        ("rolled back", False),
    ]


@pytest.mark.parametrize("paused", [False, True])
def test_the_list_shows_a_pause_of_automatic_promotion_as_text_and_as_json(
    paused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = history(
        2,
        decision(1, Status.PROMOTED),
        decision(2, Status.PROMOTED, 1),
        decision(1, Status.ROLLED_BACK, 2, auto_promotion_paused=paused),
    )
    monkeypatch.setattr(models_verb, "read_history", lambda _: kept)
    lines = run(tmp_path, "models", "list").stdout.splitlines()
    assert lines[3:] == (["", paused_note(kept.rows())] if paused else [])
    rows = [json.loads(line) for line in run(tmp_path, "models", "list", "--json").stdout.splitlines()]
    assert [row["auto_promotion_paused"] for row in rows] == [paused, False]


def test_the_decision_on_a_step_is_the_last_with_sampled_users_or_else_that_on_the_second_model() -> None:
    wanted, last = decision(3, Status.HELD, 2, n_sampled=5), decision(3, Status.PROPOSED, 1, n_sampled=6)
    kept = history(4, decision(3, Status.PROPOSED, 2, n_sampled=4), wanted, last, decision(3, Status.PROPOSED, 2))
    assert kept.decision_on_step(2, 3) == wanted
    assert kept.decision_on_step(1, 3) == last
    assert kept.decision_on_step(4, 3) == last  # a refresh took the place of 2 since it was held
    assert kept.decision_on_step(3, 2) is None
