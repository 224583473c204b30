"""Every architecture all the way: torch, ONNX, int8 and fp16, verified, OnnxEncoder, and a replay of events."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from click.testing import CliRunner

from export.package.build import Extras, build
from export.package.manifest import Provenance
from export.source.torch_encoder import whitened_encoder
from export.source.torch_reference import SentenceModule, load_tokenizer, reference_vectors
from stream.cli.replay import replay
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import MODEL, read_encoder_folder
from stream.replay import CHUNK_RECORDS
from tests.export.tiny_models import ARCHITECTURES, MAX_TOKENS, make_tiny, texts_of

PROVENANCE = Provenance("tiny", "tiny", "made in a test", "Apache-2.0", "made up", "pytest", "PCA whitening")
DIMENSION = 8
CHINESE = ["鸡蛋", "买🍞和牛奶", "新鲜 bread 大", "milk牛奶milk", "🍞🍞🍞", "牛", "冷冻　牛奶", "超市搜索：红酒"]

REPLAY = {
    "SEGUE_KINDS": "buy",
    "SEGUE_N_SEGMENTS": "2",
    "SEGUE_WARM_UP_SAMPLES": "900",  # by then windows are full, and profiles settled
    "SEGUE_BATCH_SAMPLES": "40",
    "SEGUE_DWELL_MS": "0",
    "SEGUE_SAMPLE_EVERY_MS": "1",
    "SEGUE_SEMANTIC_WEIGHT": "0.9",
}
N_EVENTS = CHUNK_RECORDS + 400  # a model decides from the chunk after the one that it was trained in


@dataclass(frozen=True)
class Built:
    """An encoder and the torch module that it was made of."""

    folder: Path
    module: SentenceModule
    texts: list[str]

    def reference(self, texts: list[str]) -> np.ndarray:
        return reference_vectors(self.module, load_tokenizer(self.folder.parent / "base", MAX_TOKENS), texts)


@pytest.fixture(scope="module", params=ARCHITECTURES)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp(request.param)
    base, texts = make_tiny(request.param, folder / "base"), texts_of(request.param)
    encoder = whitened_encoder(base, texts, DIMENSION, MAX_TOKENS)
    build(encoder, PROVENANCE, folder / "model", extras=Extras(fp16=True))
    return Built(folder / "model", encoder.module, texts)


def test_every_variant_is_near_torch(built: Built) -> None:
    variants = read_encoder_folder(built.folder).manifest.variants

    assert variants["fp32"].cosine_min >= 0.9999
    assert variants["fp16"].cosine_min >= 0.999
    assert variants["int8"].cosine_mean >= 0.98
    assert variants["int8"].size_bytes < variants["fp32"].size_bytes
    assert set(variants["int8"].texts_per_s) == {"8", "16", "32"}  # what these models can read


def test_every_product_by_a_constant_is_of_integers(built: Built) -> None:
    graph = onnx.load(built.folder / MODEL).graph
    matrices = {tensor.name for tensor in graph.initializer if len(tensor.dims) > 1}
    products = {"MatMul", "Gemm", "Einsum", "Attention", "MatMulNBits", "Conv"}

    assert [node.name for node in graph.node if node.op_type in products and matrices & set(node.input)] == []
    n_per_layer = 7 if built.module.transformer.config.model_type == "xlnet" else 6  # XLNet projects positions too
    expected = n_per_layer * built.module.transformer.config.num_hidden_layers + 1  # and the projection
    is_electra = built.module.transformer.config.model_type == "electra"  # widens its embeddings
    assert sum(node.op_type == "MatMulIntegerToFloat" for node in graph.node) == expected + is_electra


def test_a_vector_is_the_same_bits_alone_and_in_a_batch(built: Built) -> None:
    encoder = OnnxEncoder(built.folder, cache_texts=0)
    together = encoder.encode(built.texts)

    for text, vector in zip(built.texts, together, strict=True):
        assert encoder.encode([text])[0].tobytes() == vector.tobytes(), text


def test_padding_on_either_side_changes_nothing_in_torch(built: Built) -> None:
    tokenizer = load_tokenizer(built.folder.parent / "base", MAX_TOKENS)
    pad = built.module.transformer.config.pad_token_id
    ids = tokenizer.encode(built.texts[7]).ids
    rows = [([*ids, *[pad] * 3], [1] * len(ids) + [0] * 3)]
    if built.module.transformer.config.model_type == "xlnet":  # relative positions: it is trained with padding left
        rows.append(([*[pad] * 3, *ids], [0] * 3 + [1] * len(ids)))
    expected = OnnxEncoder(built.folder).encode([built.texts[7]])[0]

    for row, mask in rows:
        with torch.inference_mode():
            vector = built.module(torch.tensor([row]), torch.tensor([mask]))[0].numpy()
        assert vector @ expected >= 0.97


@pytest.mark.parametrize("text", ["milk", "milk " * 40, "unheard of ☃"], ids=["word", "long", "unknown"])
def test_odd_texts_agree_with_torch(built: Built, text: str) -> None:
    got, expected = OnnxEncoder(built.folder).encode([text])[0], built.reference([text])[0]

    assert got @ expected >= 0.95


def test_a_replay_finds_the_planted_segments(built: Built, tmp_path: Path) -> None:
    events, memberships = tmp_path / "events.jsonl", tmp_path / "memberships.jsonl"
    kinds = texts_of_two_kinds(built)
    lines = [
        {
            "user_id": f"u{i % 20}",
            "id": f"e{i}",
            "kind": "buy",
            "timestamp": 1_767_225_600_000 + i,
            "text": kinds[i % 2][i % 3],
        }
        for i in range(N_EVENTS)
    ]
    events.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    env = REPLAY | {"SEGUE_ENCODER": str(built.folder)}
    ran = CliRunner().invoke(replay, [str(events), "--memberships", str(memberships)], env=env)

    assert ran.exit_code == 0, ran.output
    found = [json.loads(line) for line in memberships.read_text(encoding="utf-8").splitlines()]
    first, second = ({each["segment"]["id"] for each in found if int(each["user"][1:]) % 2 == kind} for kind in (0, 1))
    assert len(found) == 20
    assert len(first) == len(second) == 1
    assert first != second


def texts_of_two_kinds(built: Built) -> tuple[list[str], list[str]]:
    """Three texts near each other and three that are far from those."""
    vectors = OnnxEncoder(built.folder).encode(built.texts)
    order = np.argsort(vectors @ vectors[0])
    return [built.texts[i] for i in order[:3]], [built.texts[i] for i in order[-3:]]


@pytest.mark.parametrize("built", ["chinese"], indirect=True)
def test_chinese_is_read_by_characters_with_emoji_and_latin_words_between(built: Built) -> None:
    tokenizer = load_tokenizer(built.folder.parent / "base", MAX_TOKENS)
    encoder = OnnxEncoder(built.folder)

    assert tokenizer.encode("买🍞和milk").tokens == ["[CLS]", "买", "🍞", "和", "milk", "[SEP]"]
    assert (encoder.encode(CHINESE) * built.reference(CHINESE)).sum(axis=1).min() >= 0.97
    np.testing.assert_array_equal(encoder.encode(["冷冻　牛奶"]), encoder.encode(["冷冻 牛奶"]))  # a wide space
