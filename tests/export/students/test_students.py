"""`python -m export student`: tiny students of tiny teachers, with and without layers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from export.__main__ import main
from export.package.golden_vectors import verify_golden_vectors
from export.package.project_folder import FitData, project_folder
from export.package.verify import check_batch_invariance
from export.students.fewer_layers import keep_layers
from export.students.teacher import is_held_out
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import MODEL, read_encoder_folder
from tests.export.tiny_models import make_tiny, texts_of

N_TEXTS = 2_000


@pytest.fixture(scope="module")
def texts_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("texts") / "texts.txt"
    file.write_text("\n".join(texts_of("bert", N_TEXTS)))
    return file


def student(teacher: Path, texts_file: Path, out: Path, *more: str | Path) -> Result:
    arguments = ["student", teacher, "--texts", texts_file, "--out", out, *more]
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def figures(result: Result) -> dict[str, float]:
    assert result.exit_code == 0, result.output
    found: dict[str, float] = json.loads(result.stdout)
    return found


@pytest.fixture(scope="module")
def teacher(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny BERT, whitened: otherwise all its vectors are near each other."""
    out = tmp_path_factory.mktemp("teacher") / "tiny"
    project_folder(tiny_encoder, FitData("texts", texts_of("bert", N_TEXTS)), 8, out)
    return out


@pytest.fixture(scope="module")
def tokens(teacher: Path, texts_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("students") / "tokens"
    figures(student(teacher, texts_file, out, "--max-epochs", "60"))
    return out


def test_a_student_without_layers_is_near_its_teacher_on_new_texts(teacher: Path, tokens: Path) -> None:
    new = [text for text in texts_of("bert", N_TEXTS) if is_held_out(text)]
    cosines = (OnnxEncoder(tokens).encode(new) * OnnxEncoder(teacher).encode(new)).sum(axis=1)
    metrics = read_encoder_folder(tokens).manifest.metrics

    assert cosines.mean() > 0.5  # of other texts: about 0
    assert metrics["teacher_cosine_mean"] == pytest.approx(cosines.mean(), abs=1e-4)
    assert metrics["teacher"] == OnnxEncoder(teacher).version


def test_its_folder_is_intact_and_batches_do_not_matter(tokens: Path) -> None:
    assert verify_golden_vectors(tokens).cosine_mean > 0.999
    assert check_batch_invariance(OnnxEncoder(tokens, cache_texts=0), texts_of("bert")) == []


def test_words_in_another_order_have_the_same_vector(tokens: Path) -> None:
    one, other = OnnxEncoder(tokens).encode(["milk bread eggs", "eggs milk bread"])
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_learned_lengths_are_learned(learned_encoder: Path, texts_file: Path, tmp_path: Path) -> None:
    figures(student(learned_encoder, texts_file, tmp_path / "tokens", "--max-epochs", "80"))
    new = [text for text in texts_of("bert", N_TEXTS) if is_held_out(text)]
    ours, theirs = (
        np.linalg.norm(OnnxEncoder(folder).encode(new), axis=1) for folder in (tmp_path / "tokens", learned_encoder)
    )
    assert read_encoder_folder(tmp_path / "tokens").manifest.length == "learned"
    assert np.corrcoef(ours, theirs)[0, 1] > 0.5


def test_without_layers_no_torch_is_imported(tiny_encoder: Path, texts_file: Path, tmp_path: Path) -> None:
    arguments = ["student", str(tiny_encoder), "--texts", str(texts_file), "--out", str(tmp_path / "x")]
    code = f"""
import sys
from export.__main__ import main
main({arguments}, standalone_mode=False)
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_fewer_layers_learn_from_the_teacher(teacher: Path, tiny_bert: Path, texts_file: Path, tmp_path: Path) -> None:
    kept = ("--layers", "1", "--base", tiny_bert)
    few = figures(student(teacher, texts_file, tmp_path / "few", *kept, "--max-steps", "1"))
    many = figures(student(teacher, texts_file, tmp_path / "many", *kept, "--max-steps", "64"))

    assert many["teacher_cosine_mean"] > few["teacher_cosine_mean"]
    assert many["teacher_cosine_mean"] > 0.5
    assert verify_golden_vectors(tmp_path / "many").cosine_mean > 0.98
    again = figures(student(teacher, texts_file, tmp_path / "again", *kept, "--max-steps", "1"))
    assert again == few | {"folder": "again"}
    assert (tmp_path / "again" / MODEL).read_bytes() == (tmp_path / "few" / MODEL).read_bytes()


def test_layers_are_kept_in_their_order(tmp_path: Path) -> None:
    from export.source.torch_reference import load_transformer

    transformer = load_transformer(make_tiny("minilm", tmp_path / "base"))
    first, _, last = transformer.encoder.layer
    assert keep_layers(transformer, 2) == [0, 2]
    assert list(transformer.encoder.layer) == [first, last]


@pytest.mark.parametrize(
    ("architecture", "layers", "said"),
    [
        ("bert", 2, "the base model has 2 layers, got 2: choose 1 to 1"),
        ("xlnet", 1, "the layers of a xlnet can not be chosen: name a base like BERT"),
    ],
)
def test_layers_that_can_not_be_kept_are_refused(
    architecture: str, layers: int, said: str, tiny_encoder: Path, texts_file: Path, tmp_path: Path
) -> None:
    base = make_tiny(architecture, tmp_path / "base")
    result = student(tiny_encoder, texts_file, tmp_path / "x", "--layers", str(layers), "--base", base)
    assert result.exit_code == 1
    assert said in result.output
    assert not (tmp_path / "x").exists()
