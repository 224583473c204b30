"""A teacher's vectors and the texts held out; the agreement of a student."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from export.errors import TextsError
from export.package.project_folder import FitData
from export.students.agreement import agreement
from export.students.teacher import HELD_OUT_OF, is_held_out, load_teacher
from stream.core.text.steps import TextStep
from stream.onnx.encoder import OnnxEncoder


def test_about_one_text_in_twenty_is_held_out() -> None:
    share = np.mean([is_held_out(f"text {at}") for at in range(4_000)])
    assert share == pytest.approx(1 / HELD_OUT_OF, abs=0.01)


def test_a_teacher_has_its_own_vectors_and_keeps_them_in_the_work_folder(
    tiny_encoder: Path, texts: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_teacher(tiny_encoder, FitData("texts", [*texts, ""]), tmp_path)
    monkeypatch.setattr(OnnxEncoder, "encode", lambda *_: pytest.fail("the vectors are in the work folder"))
    again = load_teacher(tiny_encoder, FitData("texts", texts), tmp_path)

    monkeypatch.undo()
    assert sorted([*first.training_texts, *first.held_out_texts]) == first.texts == texts
    assert np.array_equal(first.vectors, OnnxEncoder(tiny_encoder).encode(texts))
    assert np.array_equal(again.vectors, first.vectors)


def test_texts_are_those_after_the_text_step(tiny_encoder: Path, tmp_path: Path) -> None:
    import shutil

    from export.package.manifest import sign_again

    folder = shutil.copytree(tiny_encoder, tmp_path / "stepped")
    sign_again(folder, text_step=TextStep("behaviour-1"))
    teacher = load_teacher(folder, FitData("texts", ["<b>MILK</b>", "milk", "<br>"]), tmp_path / "work")
    assert teacher.texts == ["milk"]


def test_a_teacher_needs_texts(tiny_encoder: Path, tmp_path: Path) -> None:
    with pytest.raises(TextsError, match="there are no distinct texts"):
        load_teacher(tiny_encoder, FitData("texts", []), tmp_path)


def test_a_teacher_agrees_with_itself(tiny_encoder: Path, texts: list[str], tmp_path: Path) -> None:
    teacher = load_teacher(tiny_encoder, FitData("texts", texts), tmp_path)
    found = agreement(teacher, tiny_encoder)
    assert found == {
        "teacher": OnnxEncoder(tiny_encoder).version,
        "teacher_texts": len(teacher.held_out_texts),
        "teacher_cosine_mean": 1.0,
        "teacher_cosine_p05": 1.0,
    }
