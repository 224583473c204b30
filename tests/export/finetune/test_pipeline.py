"""Fine-tuning from events to a folder that a worker runs, with tiny models of several architectures."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from export.__main__ import main
from export.finetune import pipeline
from export.package.golden_vectors import verify_golden_vectors
from stream.cli.replay import replay as replay_verb
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import LABELS, MODEL, read_encoder_folder
from stream.wire.label_heads import read_label_heads
from tests.export.planted_users import write_users
from tests.export.tiny_models import make_tiny

QUICK = ("--dimension", "16", "--max-tokens", "32", "--max-epochs", "2", "--max-steps", "10")
REPLAY = {
    "SEGUE_KINDS": "view",
    "SEGUE_N_SEGMENTS": "3",
    "SEGUE_WARM_UP_SAMPLES": "100",
    "SEGUE_BATCH_SAMPLES": "100",
    "SEGUE_DWELL_MS": "0",
    "SEGUE_SAMPLE_EVERY_MS": "1",
}
LABELLED = ("--label", "group", "--objective", "both")


@pytest.fixture(scope="module")
def tuned(events: Path, tiny_bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT fine-tuned on both objectives."""
    out = tmp_path_factory.mktemp("tuned") / "mine"
    result = finetune(events, tiny_bert, out, *LABELLED)
    assert result.exit_code == 0, result.output
    return out


def finetune(events: Path, base: Path | str, out: Path, *more: str) -> Result:
    arguments = ["finetune", str(events), "--base", str(base), "--out", str(out), *QUICK, *more]
    return CliRunner().invoke(main, arguments)


def replay(events: Path, model: Path, scratch: Path) -> list[dict[str, object]]:
    """Each user's last membership after the worker's jobs ran over `events` with the encoder `model`."""
    memberships = scratch / "memberships.jsonl"
    env = REPLAY | {"SEGUE_ENCODER": str(model)}
    result = CliRunner().invoke(replay_verb, [str(events), "--memberships", str(memberships)], env=env)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in memberships.read_text(encoding="utf-8").splitlines()]


def test_a_fine_tuned_folder_is_intact_and_described(tuned: Path) -> None:
    manifest = read_encoder_folder(tuned).manifest

    assert (manifest.dimension, manifest.length, manifest.text_step.name) == (16, "learned", "behaviour-1")
    assert (manifest.seed, len(manifest.data_sha256), set(manifest.variants)) == (0, 64, {"int8", "fp32"})
    assert manifest.metrics["held_out_users"] == sum(
        sha256(f"user {n}".encode()).digest()[0] % 10 < 2 for n in range(100)
    )
    assert {"held_out_mrr_16", "held_out_mrr_base", "held_out_group_macro_f1"} <= set(manifest.metrics)
    assert verify_golden_vectors(tuned).cosine_mean > 0.98


def test_its_lengths_are_learned_and_its_heads_are_calibrated(tuned: Path) -> None:
    vectors = OnnxEncoder(tuned).encode(["milk", "bread", "eggs and wine", "soap"])
    lengths = np.linalg.norm(vectors, axis=1)
    assert lengths.max() <= 1 + 1e-6
    assert np.ptp(lengths) > 0.01
    (head,) = read_label_heads((tuned / LABELS).read_bytes(), 16).heads
    assert (head.name, head.values) == ("group", ("sour", "sweet"))


def test_a_replay_outputs_the_predictions_of_the_heads(tuned: Path, events: Path, tmp_path: Path) -> None:
    memberships = replay(events, tuned, tmp_path)
    said = [record["predicted"]["group"] for record in memberships if record.get("predicted")]  # type: ignore[index]
    assert said
    assert all(set(each) == {"value", "probability", "sure"} for each in said)
    assert {record["label_heads"] for record in memberships if record.get("predicted")} == {
        sha256((tuned / LABELS).read_bytes()).hexdigest()[:12]
    }


@pytest.mark.parametrize("architecture", ["roberta", "xlnet", "chinese"])
def test_other_architectures_and_languages_are_fine_tuned(architecture: str, tmp_path: Path) -> None:
    events = write_users(tmp_path / "events.jsonl", chinese=architecture == "chinese")
    base = make_tiny(architecture, tmp_path / architecture)
    out = tmp_path / "mine"
    result = finetune(events, base, out)
    assert result.exit_code == 0, result.output
    assert "re-identification MRR, 16 dimensions" in result.output
    assert len(replay(events, out, tmp_path)) == 100


def test_contrastive_training_makes_a_folder(events: Path, tiny_bert: Path, tmp_path: Path) -> None:
    result = finetune(events, tiny_bert, tmp_path / "mine", "--method", "contrastive", "--max-steps", "3", *LABELLED)
    assert result.exit_code == 0, result.output
    assert read_encoder_folder(tmp_path / "mine").manifest.length == "learned"


def test_the_same_seed_and_data_make_the_same_bytes(tuned: Path, events: Path, tiny_bert: Path, tmp_path: Path) -> None:
    result = finetune(events, tiny_bert, tmp_path / "again", *LABELLED)
    assert result.exit_code == 0, result.output
    for name in (MODEL, LABELS):
        assert (tmp_path / "again" / name).read_bytes() == (tuned / name).read_bytes()


def test_a_stopped_run_resumes_after_its_last_step(
    events: Path, tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, work = tmp_path / "mine", tmp_path / "work"

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "distil", stopped)
        assert finetune(events, tiny_bert, out, "--work", str(work)).exit_code != 0
    assert not out.exists()
    assert (work / "teacher.npy").exists()

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "train_item_vectors", stopped)  # done already
        assert finetune(events, tiny_bert, out, "--work", str(work)).exit_code == 0
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "distil", stopped)
        assert finetune(events, tiny_bert, out, "--work", str(work)).exit_code == 0
    assert verify_golden_vectors(out).n_texts > 0
