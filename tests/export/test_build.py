"""A tiny BERT all the way: torch, ONNX, int8, folder, OnnxEncoder; and what happens when it is not good enough."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from export.build import BuildError, build
from export.default import Reference, fit_reference
from export.manifest import Origin, record
from export.quantize import quantize, scaled
from export.reference import padded, reference_vectors
from export.to_onnx import to_onnx
from export.verify import Bounds, VerificationError, verify
from stream.adapters.encoder_folder import read_manifest
from stream.adapters.onnx_encoder import OnnxEncoder

ORIGIN = Origin("tiny", "tiny-bert", "made in a test", "Apache-2.0", "made up", "pytest", "PCA whitening")
UNREACHABLE = Bounds(cosine_mean=1.1)


@pytest.fixture(scope="module", params=[0, 8], ids=["unprojected", "whitened"])
def tiny(request: pytest.FixtureRequest, tiny_bert: Path, texts: list[str]) -> Reference:
    return fit_reference(tiny_bert, texts, request.param, 32)


def run(model: onnx.ModelProto, tiny: Reference, texts: list[str]) -> np.ndarray:
    """`model`'s vectors of `texts` in one padded batch."""
    ids, mask = padded([tiny.tokenizer.encode(text).ids for text in texts])
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    vectors: np.ndarray = session.run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})[0]
    return vectors


def test_the_fused_graph_is_torch_on_padded_batches(tiny: Reference) -> None:
    graph = to_onnx(tiny.module)

    assert sum(node.op_type == "MultiHeadAttention" for node in graph.graph.node) == 2
    np.testing.assert_allclose(
        run(graph, tiny, tiny.texts), reference_vectors(tiny.module, tiny.tokenizer, tiny.texts), atol=2e-5
    )


def test_the_int8_graph_is_near_torch_and_has_no_float_matrix_left(tiny: Reference) -> None:
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


def test_a_built_folder_is_what_its_manifest_says(tiny: Reference, tmp_path: Path) -> None:
    out = tmp_path / "models" / "tiny"
    verification = build(tiny.module, tiny.tokenizer, tiny.texts, ORIGIN, out)
    manifest = read_manifest(out)

    assert manifest.dimension == tiny.module.dimension
    assert manifest.max_tokens == 32
    assert manifest.metrics["cosine_mean"] == verification.cosine_mean >= 0.98
    assert [path.name for path in out.parent.iterdir()] == ["tiny"]
    expected = reference_vectors(tiny.module, tiny.tokenizer, tiny.texts)
    assert (OnnxEncoder(out).encode(tiny.texts) * expected).sum(axis=1).mean() >= 0.98


def test_texts_longer_than_the_model_are_cut(tiny: Reference, tmp_path: Path) -> None:
    build(tiny.module, tiny.tokenizer, tiny.texts, ORIGIN, tmp_path / "tiny")
    encoder = OnnxEncoder(tmp_path / "tiny")

    assert np.array_equal(encoder.encode(["milk " * 30]), encoder.encode(["milk " * 900]))


def test_a_folder_below_its_bounds_is_refused(tiny: Reference, tmp_path: Path) -> None:
    build(tiny.module, tiny.tokenizer, tiny.texts, ORIGIN, tmp_path / "tiny")
    wrong = np.roll(reference_vectors(tiny.module, tiny.tokenizer, tiny.texts), 1, axis=0)

    with pytest.raises(
        VerificationError, match=r"tiny is not good enough: cosine_mean .* expected >= 0\.98; cosine_min"
    ):
        verify(tmp_path / "tiny", tiny.texts, wrong)


def test_a_build_that_fails_leaves_nothing(tiny: Reference, tmp_path: Path) -> None:
    with pytest.raises(VerificationError):
        build(tiny.module, tiny.tokenizer, tiny.texts, ORIGIN, tmp_path / "tiny", UNREACHABLE)

    assert list(tmp_path.iterdir()) == []


def test_a_build_that_fails_leaves_the_former_folder(tiny: Reference, tmp_path: Path) -> None:
    build(tiny.module, tiny.tokenizer, tiny.texts, ORIGIN, tmp_path / "tiny")
    before = {path.name: path.read_bytes() for path in (tmp_path / "tiny").iterdir()}

    with pytest.raises(VerificationError):
        build(tiny.module, tiny.tokenizer, tiny.texts, ORIGIN, tmp_path / "tiny", UNREACHABLE)
    assert {path.name: path.read_bytes() for path in (tmp_path / "tiny").iterdir()} == before


def test_the_same_model_and_texts_give_the_same_file(tiny: Reference, tmp_path: Path) -> None:
    for name in ("one", "two"):
        build(tiny.module, tiny.tokenizer, tiny.texts, ORIGIN, tmp_path / name)

    assert OnnxEncoder(tmp_path / "one").version == OnnxEncoder(tmp_path / "two").version


def test_a_folder_of_something_else_is_not_replaced(tiny: Reference, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")

    with pytest.raises(BuildError, match="not an encoder folder"):
        build(tiny.module, tiny.tokenizer, tiny.texts, ORIGIN, tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_recorded_measures_join_the_manifest(tiny: Reference, tmp_path: Path) -> None:
    build(tiny.module, tiny.tokenizer, tiny.texts, ORIGIN, tmp_path / "tiny")
    record(tmp_path / "tiny", {"MRR": 0.25})

    assert {"MRR", "cosine_mean"} <= set(read_manifest(tmp_path / "tiny").metrics)
