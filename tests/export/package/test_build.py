"""A tiny BERT all the way: torch, ONNX, int8, folder, OnnxEncoder; and what happens when it is not good enough."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from export.errors import BuildError, TextsError, VerificationError
from export.graph.quantize_int8 import coverage, quantize, scaled
from export.graph.to_onnx import to_onnx
from export.package.bounds import Bounds
from export.package.build import Extras, build
from export.package.manifest import Provenance, record_metrics
from export.package.variants import verify_variants
from export.package.verify import ReferenceVectors
from export.projection.whiten import Projection
from export.source.torch_encoder import TorchEncoder, whitened_encoder
from export.source.torch_reference import SentenceModule, fit_lengths, padded, pooled_vectors, reference_vectors
from stream.core.labels import LabelHead, LabelHeads
from stream.core.text.steps import TextStep
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import FP16_MODEL, LABELS, MODEL, read_encoder_folder, read_manifest
from stream.wire.label_heads import LabelHeadsError, write_label_heads

PROVENANCE = Provenance("tiny", "tiny-bert", "made in a test", "Apache-2.0", "made up", "pytest", "PCA whitening")
UNREACHABLE = Bounds(cosine_mean=1.1)
DIMENSION = 8


@pytest.fixture(scope="module", params=[0, 8], ids=["unprojected", "whitened"])
def tiny(request: pytest.FixtureRequest, tiny_bert: Path, texts: list[str]) -> TorchEncoder:
    return whitened_encoder(tiny_bert, texts, request.param, 32)


def run(model: onnx.ModelProto, tiny: TorchEncoder, texts: list[str]) -> np.ndarray:
    """`model`'s vectors of `texts` in one padded batch."""
    ids, mask = padded([tiny.tokenizer.encode(text).ids for text in texts])
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    vectors: np.ndarray = session.run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})[0]
    return vectors


def test_the_fused_graph_is_torch_on_padded_batches(tiny: TorchEncoder) -> None:
    graph = to_onnx(tiny.module)

    assert sum(node.op_type == "MultiHeadAttention" for node in graph.graph.node) == 2
    np.testing.assert_allclose(
        run(graph, tiny, tiny.texts), reference_vectors(tiny.module, tiny.tokenizer, tiny.texts), atol=2e-5
    )


def test_the_int8_graph_is_near_torch_and_has_no_float_matrix_left(tiny: TorchEncoder) -> None:
    graph = quantize(to_onnx(tiny.module), min_table_rows=20)
    vectors = run(graph, tiny, tiny.texts)
    expected = reference_vectors(tiny.module, tiny.tokenizer, tiny.texts)

    assert (vectors * expected).sum(axis=1).mean() > 0.995
    large = {i.data_type for i in graph.graph.initializer if np.prod(i.dims) >= 24 * 32 and i.dims[0] != 40}
    assert large == {onnx.TensorProto.INT8}


@pytest.mark.parametrize("axis", [0, 1])
def test_scaled_integers_are_within_half_a_step(axis: int) -> None:
    weight = np.random.default_rng(0).normal(size=(20, 30)).astype(np.float32)
    weight[:, 3] = weight[3] = 0
    integers, scales = scaled(weight, axis, 63)

    assert np.abs(integers).max() == 63
    assert np.all(np.abs(integers * scales - weight) <= scales * 0.50001)


@pytest.fixture(scope="module")
def whitened(tiny_bert: Path, texts: list[str]) -> TorchEncoder:
    return whitened_encoder(tiny_bert, texts, DIMENSION, 32)


@pytest.fixture(scope="module")
def folder(whitened: TorchEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whitened tiny BERT with all that a folder may hold, for tests that only read."""
    out = tmp_path_factory.mktemp("models") / "tiny"
    extras = Extras(TextStep("behaviour-1"), write_label_heads(heads(DIMENSION), DIMENSION), fp16=True)
    origin = replace(PROVENANCE, data_sha256="ab" * 32, seed=7)
    build(whitened, origin, out, extras=extras)
    return out


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "tiny"))


def heads(dimension: int) -> LabelHeads:
    weight = np.random.default_rng(1).normal(size=(dimension, 2)).astype(np.float32)
    return LabelHeads("", (LabelHead("kids", ("no", "yes"), weight, np.zeros(2, np.float32), 0.6),))


def test_a_built_folder_agrees_with_its_manifest(folder: Path, whitened: TorchEncoder) -> None:
    manifest = read_encoder_folder(folder).manifest
    variants = manifest.variants

    assert (manifest.dimension, manifest.max_tokens, manifest.length) == (DIMENSION, 32, "unit")
    assert (manifest.data_sha256, manifest.seed, manifest.text_step.name) == ("ab" * 32, 7, "behaviour-1")
    assert set(variants) == {"fp32", "int8", "fp16"}
    assert variants["fp32"].cosine_min >= 0.9999
    assert variants["fp16"].size_bytes == (folder / FP16_MODEL).stat().st_size < variants["fp32"].size_bytes
    assert all(set(variant.texts_per_s) == {"8", "16", "32"} for variant in variants.values())
    assert set(manifest.sha256) == {file.name for file in folder.iterdir()} - {"manifest.json"} >= {LABELS, FP16_MODEL}
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"]
    expected = reference_vectors(whitened.module, whitened.tokenizer, whitened.texts, manifest.text_step)
    cosines = (OnnxEncoder(folder).encode(whitened.texts) * expected).sum(axis=1)
    assert cosines.mean() == pytest.approx(variants["int8"].cosine_mean, abs=2e-3)


def test_the_manifest_lists_the_quantized_operations(folder: Path) -> None:
    assert "13 matrix products and 0 embedding tables, none left in float" in read_manifest(folder).quantization


def test_operations_left_in_float_are_named(tiny: TorchEncoder) -> None:
    graph = to_onnx(tiny.module)

    assert len(coverage(graph, 24 * 32).in_float) >= 13
    assert "float: /" in str(coverage(graph, 24 * 32))


def test_reference_and_graph_are_of_the_normalised_text(folder: Path, whitened: TorchEncoder) -> None:
    step, text = TextStep("behaviour-1"), "<b>RED</b>&nbsp;WINE"
    expected = reference_vectors(whitened.module, whitened.tokenizer, [text, ""], step)

    assert step.apply(text) == "red wine"
    assert OnnxEncoder(folder).encode([text])[0] @ expected[0] >= 0.97
    np.testing.assert_array_equal(OnnxEncoder(folder).encode([text]), OnnxEncoder(folder).encode(["red wine"]))
    assert not expected[1].any()


def test_texts_longer_than_the_model_are_cut(folder: Path) -> None:
    encoder = OnnxEncoder(folder)

    assert np.array_equal(encoder.encode(["milk bread " * 30]), encoder.encode(["milk bread " * 900]))


def test_learned_lengths_are_kept_up_to_one(learned_encoder: Path, tiny_bert: Path, texts: list[str]) -> None:
    plain = whitened_encoder(tiny_bert, texts, 0, 32)
    lengths = np.linalg.norm(pooled_vectors(plain.module, plain.tokenizer, texts), axis=1)
    vectors = OnnxEncoder(learned_encoder).encode(texts)
    manifest = read_manifest(learned_encoder)

    assert manifest.length == "learned"
    assert manifest.variants["fp32"].cosine_min >= 0.9999
    assert float(manifest.metrics["length_error_max"]) <= 0.1  # type: ignore[arg-type]
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), lengths / lengths.max(), atol=0.05)


def test_a_vector_longer_than_any_that_lengths_were_fitted_on_is_cut_at_one(tiny_bert: Path, texts: list[str]) -> None:
    tiny = whitened_encoder(tiny_bert, texts, 0, 32)
    projection = Projection(np.eye(32, dtype=np.float32)[:, :4], np.zeros(4, np.float32))
    module = SentenceModule(tiny.module.transformer, projection, normalise=False)
    order = np.argsort(np.linalg.norm(pooled_vectors(module, tiny.tokenizer, texts), axis=1))
    fit_lengths(module, tiny.tokenizer, [texts[i] for i in order[:60]])
    lengths = np.linalg.norm(run(to_onnx(module), replace(tiny, module=module), texts), axis=1)

    np.testing.assert_allclose(lengths[order[59:]], 1, rtol=1e-5)
    assert (lengths[order[:59]] < 1 + 1e-6).all()
    assert lengths.min() < 0.9


def test_lengths_of_a_module_that_normalises_are_not_fitted(tiny: TorchEncoder) -> None:
    with pytest.raises(ValueError, match="normalises"):
        fit_lengths(tiny.module, tiny.tokenizer, tiny.texts)


def test_a_folder_below_its_bounds_is_refused(copied: Path, whitened: TorchEncoder) -> None:
    wrong = np.roll(reference_vectors(whitened.module, whitened.tokenizer, whitened.texts), 1, axis=0)

    with pytest.raises(
        VerificationError, match=r"tiny is not good enough: int8 cosine_mean .* expected >= 0\.98; int8 cosine_min"
    ):
        verify_variants(copied, None, ReferenceVectors(whitened.texts, wrong))


def test_a_build_that_fails_leaves_nothing(whitened: TorchEncoder, tmp_path: Path) -> None:
    with pytest.raises(VerificationError, match="int8 cosine_mean"):
        build(whitened, PROVENANCE, tmp_path / "tiny", UNREACHABLE)

    assert list(tmp_path.iterdir()) == []


def test_a_build_that_fails_leaves_the_previous_folder(copied: Path, whitened: TorchEncoder) -> None:
    before = {path.name: path.read_bytes() for path in copied.iterdir()}

    with pytest.raises(VerificationError):
        build(whitened, PROVENANCE, copied, UNREACHABLE)
    assert {path.name: path.read_bytes() for path in copied.iterdir()} == before


def test_the_same_model_and_texts_give_the_same_file(folder: Path, whitened: TorchEncoder, tmp_path: Path) -> None:
    build(whitened, PROVENANCE, tmp_path / "again")

    assert (tmp_path / "again" / MODEL).read_bytes() == (folder / MODEL).read_bytes()


def test_a_folder_of_something_else_is_not_replaced(whitened: TorchEncoder, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")

    with pytest.raises(BuildError, match="not an encoder folder"):
        build(whitened, PROVENANCE, tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_label_heads_for_other_vectors_are_refused_before_anything_is_made(
    whitened: TorchEncoder, tmp_path: Path
) -> None:
    extras = Extras(labels=write_label_heads(heads(5), 5))

    with pytest.raises(LabelHeadsError, match="for 5 dimensions, the encoder has 8"):
        build(whitened, PROVENANCE, tmp_path / "tiny", extras=extras)
    assert list(tmp_path.iterdir()) == []


def test_no_text_is_refused_before_anything_is_made(whitened: TorchEncoder, tmp_path: Path) -> None:
    with pytest.raises(TextsError, match="there are no distinct texts"):
        build(replace(whitened, texts=[]), PROVENANCE, tmp_path / "tiny")
    assert list(tmp_path.iterdir()) == []


def test_recorded_measures_join_the_manifest(copied: Path) -> None:
    record_metrics(copied, {"MRR": 0.25})

    assert {"MRR", "cosine_mean"} <= set(read_manifest(copied).metrics)
