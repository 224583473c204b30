"""Requests to the trainer as verbs: what is sent, what is refused before it, and the error without a broker."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import click
import pytest

from stream.cli import model_requests, trainer_requests
from stream.kafka import first_contact
from stream.training.values.commands import Promote, Refit, Renew
from stream.training.values.promotion import Cause, Promotion, Status, Trigger
from stream.wire.promotions import SegmentPromotion, promotion_record
from tests.cli.command_line import run
from tests.cli.model_records import decision

VERBS = [
    ("models", "list"),
    ("models", "diff", "1", "2"),
    ("models", "show", "1"),
    ("models", "promote", "1"),
    ("models", "drop", "1"),
    ("models", "rollback"),
    ("models", "refit"),
    ("models", "renew"),
    ("segments", "list"),
    ("segments", "rename", "s-0001", "name"),
]


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_without_a_broker_a_verb_names_the_address_and_its_setting(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_contact, "_DOWN_S", 0.0)  # a verb gives a broker that starts some time
    done = run(tmp_path, *words, env={"SEGUE_BOOTSTRAP_SERVERS": "127.0.0.1:1"})
    assert (done.exit_code, done.stdout) == (1, "")
    assert "no Kafka broker answers at 127.0.0.1:1 (SEGUE_BOOTSTRAP_SERVERS)" in done.stderr


def test_a_refit_ignores_the_settings_of_the_first_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Refit] = []

    def answer(_: object, command: Refit, __: float) -> SegmentPromotion:
        sent.append(command)
        return decision(2, Status.PROPOSED, 1)

    monkeypatch.setattr(model_requests, "decision_on", answer)
    (tmp_path / "segue.toml").write_text("n_segments = 12\nseed = 3\n")
    env = {"SEGUE_N_SEGMENTS": "12", "SEGUE_SEED": "3"}
    assert run(tmp_path, "models", "refit", env=env).exit_code == 0
    assert run(tmp_path, "models", "refit", "--n-segments", "8", "--seed", "4", env=env).exit_code == 0
    assert [(command.n_segments, command.seed) for command in sent] == [(0, 0), (8, 4)]


def test_a_renewal_is_sent_and_its_answer_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Renew] = []

    def answer(_: object, command: Renew, __: float) -> SegmentPromotion:
        sent.append(command)
        promoted = Promotion(
            4, 3, Status.PROMOTED, Trigger.OPERATOR, Cause.RENEWED, 0, command.id, n_sampled=500, share_moved=0.25
        )
        return promotion_record(promoted)

    monkeypatch.setattr(model_requests, "decision_on", answer)
    done = [run(tmp_path, "models", "renew") for _ in range(2)]
    assert [each.exit_code for each in done] == [0, 0]
    assert done[0].stdout == (
        "model 4 serves instead of 3: all segments and their scales were fitted anew "
        "(25.0 % of 500 sampled users leave their segment)\n"
    )
    assert [type(command) for command in sent] == [Renew, Renew]
    assert sent[0].id != sent[1].id


def test_a_user_is_told_that_the_verb_waits_and_for_how_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told, sentences = Event(), list[str]()

    def echo(sentence: str, err: bool = False) -> None:
        if err:
            sentences.append(sentence)
            told.set()

    def answer(*_: object) -> SegmentPromotion:
        assert told.wait(30)
        return decision(2, Status.PROPOSED, 1)

    monkeypatch.setattr(trainer_requests, "_PATIENCE_S", 0.0)
    monkeypatch.setattr(click, "echo", echo)
    monkeypatch.setattr(model_requests, "decision_on", answer)
    assert run(tmp_path, "models", "refit").exit_code == 0
    assert sentences == ["no trainer has answered yet; waiting for at most 60 s (--timeout). Does a worker run?"]


def test_a_renewal_takes_no_argument_and_its_help_says_when_to_use_it_and_what_it_ends(tmp_path: Path) -> None:
    said = run(tmp_path, "models", "renew", "--help").stdout
    for taught in (
        "Begin a new generation: fit scales and segments anew",
        "For segments that began badly, such as a warm-up on test traffic.",
        "The new model serves at once, without a shadow and at any number of users moved.",
        "Segments with the same users keep their ids; earlier models can not serve again.",
        "--timeout",
    ):
        assert taught in said
    assert "renew" in run(tmp_path, "models", "--help").stdout
    assert run(tmp_path, "models", "renew", "3").exit_code == 2


@pytest.mark.parametrize("over", ["inf", "nan", "-1", "1e18", "527041"])
def test_a_rollout_takes_at_most_a_year(over: str, tmp_path: Path) -> None:
    done = run(tmp_path, "models", "promote", "3", f"--over={over}")
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1].endswith(" is not in the range 0 to 527040 minutes.")
    assert "'--over' (SEGUE_MODELS_PROMOTE_OVER)" in done.stderr


def test_the_duration_of_a_rollout_is_sent_in_ms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Promote] = []

    def answer(_: object, command: Promote, __: float) -> SegmentPromotion:
        sent.append(command)
        return decision(3, Status.PROMOTED, 1)

    monkeypatch.setattr(model_requests, "decision_on", answer)
    for over in ("0", "0.5", "527040"):
        assert run(tmp_path, "models", "promote", "3", "--over", over).exit_code == 0
    assert run(tmp_path, "models", "promote", "3").exit_code == 0
    assert [command.ramp_ms for command in sent] == [0, 30_000, 366 * 86_400_000, None]


@pytest.mark.parametrize("name", ["two\nlines", "bell\a", "\x1b[31mred", "x" * 201])
def test_a_name_is_one_line_of_at_most_200_printable_characters(name: str, tmp_path: Path) -> None:
    done = run(tmp_path, "segments", "rename", "s-0001", name)
    assert done.exit_code == 2
    assert "a name is one line of at most 200 printable characters, got " in done.stderr


@pytest.mark.parametrize("version", ["0", "-1", "seven", str(1 << 53)])
def test_a_version_is_a_number_from_one(version: str, tmp_path: Path) -> None:
    assert run(tmp_path, "models", "promote", "--", version).exit_code == 2
