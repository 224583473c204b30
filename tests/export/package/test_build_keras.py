"""A Keras encoder all the way: Keras file or SavedModel, ONNX, int8, folder, OnnxEncoder. `make test-keras` runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from export.errors import BaseModelError
from export.verbs.keras import keras as verb
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import read_encoder_folder

pytest.importorskip("tensorflow", reason="TensorFlow is in the extra `keras`; run `make test-keras`")
pytest.importorskip("tf2onnx", reason="its converter is in the extra `keras`; run `make test-keras`")

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # TensorFlow's own
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

WORDS = ["milk", "bread", "eggs", "wine", "beer", "soap", "shoes", "red", "fresh", "frozen"]
TEXTS = [" ".join(WORDS[(i * k + k) % 10] for k in range(1, 2 + i % 9)) for i in range(40)]
WIDTH = 16


def make_model(*, per_token: bool, third_input: bool = False) -> Any:
    """A transformer layer of random weights."""
    import keras
    from keras import layers, ops

    keras.utils.set_random_seed(4)
    ids, mask = (keras.Input((None,), dtype="int32", name=name) for name in ("input_ids", "attention_mask"))
    x = layers.Embedding(20, WIDTH, embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0))(ids)
    attended = layers.MultiHeadAttention(2, WIDTH // 2)(x, x, attention_mask=ops.expand_dims(ops.cast(mask, "bool"), 1))
    x = layers.LayerNormalization()(x + attended)
    x = layers.LayerNormalization()(x + layers.Dense(WIDTH)(layers.Dense(32, activation="gelu")(x)))
    if not per_token:
        weights = ops.expand_dims(ops.cast(mask, "float32"), 1)
        x = layers.Dense(8)((ops.matmul(weights, x) / ops.sum(weights, 2, keepdims=True))[:, 0])
    inputs = [ids, mask]
    if third_input:
        types = keras.Input((None,), dtype="int32", name="token_type_ids")
        x, inputs = x + ops.expand_dims(ops.cast(types, "float32"), -1), [*inputs, types]
    return keras.Model(inputs, x)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of everything that the verb reads."""
    folder = tmp_path_factory.mktemp("keras")
    make_model(per_token=True).save(folder / "tokens.keras")
    make_model(per_token=True).export(folder / "tokens_saved", verbose=False)
    make_model(per_token=False).save(folder / "pooled.keras")
    make_model(per_token=True, third_input=True).save(folder / "three.keras")
    (folder / "broken.keras").write_bytes(b"no model")
    vocabulary = {word: i for i, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "texts.txt").write_text("\n".join(TEXTS), encoding="utf-8")
    return folder


def convert(files: Path, model: str, out: Path) -> Result:
    arguments = [files / model, "--tokenizer", files / "tokenizer.json", "--texts", files / "texts.txt", "--out", out]
    more = ["--max-tokens", "16", "--licence", "MIT", "--source", "a test"]
    return CliRunner().invoke(verb, [*map(str, arguments), *more])


@pytest.mark.parametrize("model", ["tokens.keras", "tokens_saved", "pooled.keras"])
def test_a_keras_encoder_gives_the_vectors_that_keras_gives(files: Path, tmp_path: Path, model: str) -> None:
    made = convert(files, model, tmp_path / "mine")
    assert made.exit_code == 0, made.output or made.exception

    manifest = read_encoder_folder(tmp_path / "mine").manifest
    assert manifest.variants["fp32"].cosine_min >= 0.9999
    assert manifest.variants["int8"].cosine_mean >= 0.98
    assert {"keras", "tf2onnx"} <= set(manifest.libraries)
    assert "none left in float" in manifest.quantization


@pytest.mark.parametrize("model", ["tokens.keras", "pooled.keras"])
def test_its_vectors_are_the_same_bits_alone_and_in_a_batch(files: Path, tmp_path: Path, model: str) -> None:
    convert(files, model, tmp_path / "mine")
    encoder = OnnxEncoder(tmp_path / "mine", cache_texts=0)
    together = encoder.encode(TEXTS)

    assert np.isfinite(together).all()
    for text, vector in zip(TEXTS, together, strict=True):
        assert encoder.encode([text])[0].tobytes() == vector.tobytes(), text


def test_a_model_with_other_inputs_is_refused(files: Path, tmp_path: Path) -> None:
    refused = convert(files, "three.keras", tmp_path / "mine").exception

    assert isinstance(refused, BaseModelError)
    assert "takes attention_mask, input_ids, token_type_ids, expected input_ids and attention_mask" in str(refused)
    assert not (tmp_path / "mine").exists()


def test_a_broken_file_is_refused(files: Path, tmp_path: Path) -> None:
    refused = convert(files, "broken.keras", tmp_path / "mine").exception

    assert isinstance(refused, BaseModelError)
    assert "broken.keras is not a model that Keras" in str(refused)
