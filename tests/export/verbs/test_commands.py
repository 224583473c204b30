"""`python -m export` as its user meets it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from export.__main__ import main
from stream.onnx.folder import MANIFEST, MODEL


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def texts_file(texts: list[str], tmp_path: Path) -> Path:
    file = tmp_path / "texts.txt"
    file.write_text("\n".join(texts))
    return file


def convert(base: Path, texts_file: Path, out: Path, *more: str) -> Result:
    files: list[str | Path] = [base, "--texts", texts_file, "--out", out]
    return invoke(
        "convert", *files, "--dimension", "8", "--max-tokens", "32", "--licence", "MIT", "--source", "a test", *more
    )


def test_help_shows_the_three_ways_to_use_it() -> None:
    shown = invoke("--help").output

    for command in ("default-model", "convert", "verify"):
        assert f"python -m export {command}" in shown


def test_a_model_is_converted_and_verified(tiny_bert: Path, texts_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    made = convert(tiny_bert, texts_file, out)
    assert made.exit_code == 0, made.output

    held = invoke("verify", out, "--base", tiny_bert, "--texts", texts_file)
    assert held.exit_code == 0, held.output
    assert '"cosine_mean": 0.99' in held.output


def test_a_damaged_folder_is_one_sentence(tiny_bert: Path, texts_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    convert(tiny_bert, texts_file, out)
    (out / MODEL).write_bytes(b"damaged")

    held = invoke("verify", out, "--base", tiny_bert, "--texts", texts_file)
    assert held.exit_code == 1
    assert held.output.startswith("Error: ")
    assert "is not the file its manifest describes" in held.output


def test_a_model_too_large_is_not_written(tiny_bert: Path, texts_file: Path, tmp_path: Path) -> None:
    made = convert(tiny_bert, texts_file, tmp_path / "mine", "--max-mb", "0.001")

    assert made.exit_code == 1
    assert "size_bytes" in made.output
    assert not (tmp_path / "mine").exists()


def test_measures_are_recorded_under_their_prefix(tiny_bert: Path, texts_file: Path, tmp_path: Path) -> None:
    convert(tiny_bert, texts_file, tmp_path / "mine")
    (tmp_path / "measures.json").write_text('{"MRR": 0.28}')

    assert invoke("record", tmp_path / "mine", tmp_path / "measures.json", "--prefix", "ours_").exit_code == 0
    assert '"ours_MRR": 0.28' in (tmp_path / "mine" / MANIFEST).read_text(encoding="utf-8")
