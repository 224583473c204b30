"""Refusals of `finetune` and `labels`: one sentence, before anything is trained or written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from export.__main__ import main
from tests.export.planted_users import write_users


def refusal(*arguments: str | Path) -> str:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code in (1, 2), result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return " ".join(result.output.split())


def one_event(folder: Path, **fields: object) -> Path:
    file = folder / "few.jsonl"
    file.write_text(json.dumps({"user_id": "a", "timestamp": 1_700_000_000_000, "text": "milk", **fields}) + "\n")
    return file


def test_a_label_with_one_value(tmp_path: Path, tiny_bert: Path) -> None:
    same = write_users(tmp_path / "same.jsonl", groups=("sweet", "sweet"))
    out = tmp_path / "mine"
    said = refusal("finetune", same, "--base", tiny_bert, "--out", out, "--max-tokens", "32", "--label", "group")
    assert "the label 'group' can not be learned: expected at least 2 values among the users, got only 'sweet'" in said
    assert list(tmp_path.iterdir()) == [same]


def test_a_label_without_declared_values(events: Path, tmp_path: Path, tiny_bert: Path) -> None:
    said = refusal(
        "finetune", events, "--base", tiny_bert, "--out", tmp_path / "x", "--max-tokens", "32", "--label", "age"
    )
    assert "got none; declare it as a trait in identify messages" in said


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "events.jsonl is empty"),
        ("no json\n", "no events with text in"),
        ('{"type": "alias", "userId": "a"}\n', "no events with text in"),
        ('{"type": "alias"}\n', "no column is known to hold the user"),
    ],
    ids=["empty", "not JSON", "no behaviour", "no user"],
)
def test_data_of_which_nothing_can_be_learned(content: str, why: str, tmp_path: Path, tiny_bert: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text(content)
    said = refusal("finetune", file, "--base", tiny_bert, "--out", tmp_path / "x", "--max-tokens", "32")
    assert why in said
    assert str(file) in said


def test_too_few_users(tmp_path: Path, tiny_bert: Path) -> None:
    said = refusal("finetune", one_event(tmp_path), "--base", tiny_bert, "--out", tmp_path / "x", "--max-tokens", "32")
    assert "1 users are too few to split" in said


def test_a_file_that_is_not_there(tmp_path: Path, tiny_bert: Path) -> None:
    said = refusal("finetune", tmp_path / "none", "--base", tiny_bert, "--out", tmp_path / "x", "--max-tokens", "32")
    assert "there is no file" in said


def test_a_base_without_tokenizer(events: Path, tmp_path: Path, tiny_bert: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    for file in tiny_bert.iterdir():
        if "token" not in file.name:
            (base / file.name).write_bytes(file.read_bytes())
    assert "has no tokenizer" in refusal("finetune", events, "--base", base, "--out", tmp_path / "x")


def test_an_objective_without_its_label(events: Path, tmp_path: Path, tiny_bert: Path) -> None:
    said = refusal("finetune", events, "--base", tiny_bert, "--out", tmp_path / "x", "--objective", "both")
    assert "--objective both needs at least one --label" in said


def test_an_out_that_is_something_else(events: Path, tmp_path: Path, tiny_bert: Path) -> None:
    (tmp_path / "diary.txt").touch()
    assert "is not an encoder folder" in refusal("finetune", events, "--base", tiny_bert, "--out", tmp_path)


def test_labels_need_neither_torch_nor_the_base_model(events: Path, tmp_path: Path) -> None:
    default = Path(__file__).parents[3] / "models" / "default"
    program = (
        "import sys\nfrom export.__main__ import main\n"
        "main(sys.argv[1:], standalone_mode=False)\n"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules"
    )
    arguments = ["labels", str(default), str(events), "--label", "group", "--out", str(tmp_path / "labelled")]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    scores = json.loads(done.stdout)["group"]
    assert scores["macro_f1"] > 0.6  # the group follows from what they like most
    assert scores["n_users"] > 10
