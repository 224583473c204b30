"""A projection fitted on one's own texts or users: against scikit-learn, without torch, in any batch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from click.testing import CliRunner, Result
from sklearn.decomposition import PCA

from export.errors import BuildError, TextsError
from export.graph.projection_head import find_pooling_head
from export.package.project_folder import FitData, project_folder
from export.verbs.project import project
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import FP16_MODEL, LABELS, MODEL, read_manifest

DIMENSION = 6


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(project, [str(argument) for argument in arguments])


def unit(vectors: np.ndarray) -> np.ndarray:
    scaled: np.ndarray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


def agreement(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Cosines of the rows, where each column of `theirs` may have the other sign."""
    signs = np.sign((ours * theirs).sum(axis=0))
    return np.asarray((unit(ours) * unit(theirs * signs)).sum(axis=1))


@pytest.fixture(scope="module")
def projected(tiny_encoder: Path, texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("projected") / "mine"
    project_folder(tiny_encoder, FitData("texts.txt", texts), DIMENSION, out)
    return out


def test_texts_are_whitened_as_scikit_learn_whitens_them(tiny_encoder: Path, projected: Path, texts: list[str]) -> None:
    theirs = PCA(DIMENSION, whiten=True).fit_transform(OnnxEncoder(tiny_encoder).encode(texts))

    assert agreement(OnnxEncoder(projected).encode(texts), theirs).min() >= 0.98


def test_users_are_whitened_as_scikit_learn_whitens_their_profiles(
    tiny_encoder: Path, texts: list[str], tmp_path: Path
) -> None:
    rng = np.random.default_rng(5)
    texts_of_users = {f"u{i}": rng.integers(0, len(texts), rng.integers(1, 5)).tolist() for i in range(50)}
    project_folder(tiny_encoder, FitData("events", texts, texts_of_users), DIMENSION, tmp_path / "mine")
    vectors = OnnxEncoder(tiny_encoder).encode(texts)
    profiles = unit(np.stack([vectors[rows].mean(axis=0) for rows in texts_of_users.values()]))
    theirs = PCA(DIMENSION, whiten=True).fit(profiles).transform(vectors)

    assert agreement(OnnxEncoder(tmp_path / "mine").encode(texts), theirs).min() >= 0.98


def test_a_projected_vector_is_the_same_bits_alone_and_in_a_batch(projected: Path, texts: list[str]) -> None:
    encoder = OnnxEncoder(projected, cache_texts=0)
    together = encoder.encode(texts)

    for text, vector in zip(texts, together, strict=True):
        assert encoder.encode([text])[0].tobytes() == vector.tobytes(), text


def test_learned_lengths_are_kept(learned_encoder: Path, texts: list[str], tmp_path: Path) -> None:
    project_folder(learned_encoder, FitData("texts.txt", texts), DIMENSION, tmp_path / "mine")
    before, after = OnnxEncoder(learned_encoder).encode(texts), OnnxEncoder(tmp_path / "mine").encode(texts)

    np.testing.assert_allclose(np.linalg.norm(after, axis=1), np.linalg.norm(before, axis=1), rtol=1e-5)
    assert read_manifest(tmp_path / "mine").length == "learned"


def test_the_manifest_describes_the_projection_and_drops_previous_measurements(
    tiny_encoder: Path, projected: Path
) -> None:
    before, after = read_manifest(tiny_encoder), read_manifest(projected)

    assert (after.name, after.dimension, after.base) == ("mine", DIMENSION, before.base)
    assert after.projection == "PCA whitening of texts to 6 dimensions, inside the graph; before: none"
    assert (after.variants, set(after.metrics)) == ({}, {"n_texts", "projection_cosine_mean", "projection_cosine_min"})
    assert OnnxEncoder(projected).version != OnnxEncoder(tiny_encoder).version


def test_label_heads_and_fp16_are_left_out(projected: Path) -> None:
    assert not {LABELS, FP16_MODEL} & {file.name for file in projected.iterdir()}


def test_a_graph_without_a_pooling_head_is_refused(tiny_encoder: Path, texts: list[str], tmp_path: Path) -> None:
    project_folder(tiny_encoder, FitData("texts.txt", texts), DIMENSION, tmp_path / "once")

    with pytest.raises(BuildError, match="does not end in a mean over tokens"):
        project_folder(tmp_path / "once", FitData("texts.txt", texts), 3, tmp_path / "twice")
    assert not (tmp_path / "twice").exists()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (FitData("none", []), "there are no distinct texts"),
        (FitData("few", ["milk", "bread"]), "2 distinct texts are too few for 6 dimensions"),
        (FitData("one user", ["milk"] * 9, {"u1": [0]}), "1 users are too few for 6 dimensions"),
    ],
)
def test_too_little_to_fit_on_is_one_sentence(tiny_encoder: Path, tmp_path: Path, data: FitData, sentence: str) -> None:
    with pytest.raises(TextsError, match=sentence):
        project_folder(tiny_encoder, data, DIMENSION, tmp_path / "mine")
    assert list(tmp_path.iterdir()) == []


def test_the_pooling_head_of_the_model_that_ships_is_found() -> None:
    model = onnx.load(Path(__file__).parents[3] / "models" / "default" / MODEL)

    assert find_pooling_head(model).vectors == "vectors"


def test_events_are_a_file_as_segue_produce_reads_it(tiny_encoder: Path, texts: list[str], tmp_path: Path) -> None:
    lines = [
        {"user_id": f"u{i % 40}", "timestamp": 1_767_225_600_000 + i, "text": texts[i % len(texts)]} for i in range(400)
    ]
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    made = invoke(
        tiny_encoder, "--events", tmp_path / "events.jsonl", "--out", tmp_path / "mine", "--dimension", str(DIMENSION)
    )

    assert made.exit_code == 0, made.output
    assert "PCA whitening of users' profiles" in read_manifest(tmp_path / "mine").projection


def test_texts_or_events_are_given_not_both(tiny_encoder: Path, tmp_path: Path) -> None:
    assert "give --texts or --events" in invoke(tiny_encoder, "--out", tmp_path / "mine").output


def test_no_torch_is_imported(tiny_encoder: Path, texts: list[str], tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("\n".join(texts), encoding="utf-8")
    script = (
        "import sys; from export.verbs.project import project; project(sys.argv[1:], standalone_mode=False); "
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    arguments = [str(tiny_encoder), "--texts", str(tmp_path / "texts.txt"), "--out", str(tmp_path / "mine")]
    ran = subprocess.run(
        [sys.executable, "-c", script, *arguments, "--dimension", "6"], capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == "[]"
