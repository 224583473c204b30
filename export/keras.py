"""A Keras encoder as an encoder folder. Needs the extra `keras` (TensorFlow and its converter), and no torch.

The model takes `input_ids` and `attention_mask`, (n, tokens) integers, and gives one vector a token or one a text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import ModelProto, helper
from tokenizers import Tokenizer

from export.errors import BaseModelError
from export.folder import new_folder
from export.manifest import Form, Origin, describe, write_manifest
from export.quantize import DESCRIPTION, coverage, quantize
from export.tail import add_mean, add_unit
from export.tensorflow_graph import plain_graph
from export.variants import judge
from export.verify import Bounds, Vectors, Verification, with_shortest
from export.whiten import check_texts
from stream.onnx.folder import MODEL, TOKENIZER

INPUTS = ["input_ids", "attention_mask"]
LIBRARIES = ("keras", "tf2onnx", "tokenizers", "onnx", "onnxruntime", "numpy")
OPSET = 17
MIN_NORM = 1e-12
EXAMPLE = [[2, 1, 3]]


@dataclass(frozen=True)
class KerasEncoder:
    """A function of ids and mask, (n, tokens) int64 tensors, to (n, tokens, d) or (n, d)."""

    call: Callable[[Any, Any], Any]
    per_token: bool
    dimension: int


def load_keras(path: Path) -> KerasEncoder:
    """The Keras file or the SavedModel folder at `path`. Raises BaseModelError when it is not an encoder."""
    import tensorflow as tf

    names, run = _saved_model(path) if path.is_dir() else _keras_file(path)
    if sorted(names) != sorted(INPUTS):
        raise BaseModelError(f"{path} takes {', '.join(sorted(names))}, expected input_ids and attention_mask")

    def call(ids: Any, mask: Any) -> Any:
        return run({name: tf.cast(value, names[name]) for name, value in zip(INPUTS, (ids, mask), strict=True)})

    shape = call(tf.constant(EXAMPLE, tf.int64), tf.ones_like(EXAMPLE, tf.int64)).shape
    if len(shape) not in (2, 3):
        raise BaseModelError(f"{path} gives {shape} for one text, expected (1, tokens, d) or (1, d)")
    return KerasEncoder(call, len(shape) == 3, int(shape[-1]))


def build_keras(
    encoder: KerasEncoder, tokenizer: Tokenizer, texts: Sequence[str], origin: Origin, out: Path, bounds: Bounds
) -> Verification:
    """Make the encoder folder `out`, held to Keras on distinct `texts`. `tokenizer` cuts.

    `out` is replaced whole, or left as it was. Raises TextsError, BuildError, VerificationError.
    """
    check_texts(len(texts), 0)
    with new_folder(out) as folder:
        graph = to_onnx(encoder)
        int8 = quantize(graph)
        onnx.save(int8, folder / MODEL)
        tokenizer.save(str(folder / TOKENIZER), pretty=False)
        form = Form(
            dimension=encoder.dimension,
            max_tokens=(tokenizer.truncation or {})["max_length"],
            quantization=f"{DESCRIPTION}: {coverage(int8)}",
            libraries=(*packages_distributions()["tensorflow"][:1], *LIBRARIES),  # there are variants of it
        )
        write_manifest(folder, describe(folder, origin, form))
        held = with_shortest(texts)
        reference = reference_vectors(encoder, tokenizer, held)
        return judge(folder, {"fp32": graph}, held, reference, bounds, (origin, form))


def to_onnx(encoder: KerasEncoder) -> ModelProto:
    """The fp32 graph of `encoder`, pooled and normalised."""
    import tensorflow as tf
    import tf2onnx

    signature = [tf.TensorSpec((None, None), tf.int64, name=name) for name in INPUTS]
    function = tf.function(encoder.call, input_signature=signature)
    model = plain_graph(tf2onnx.convert.from_function(function, input_signature=signature, opset=OPSET)[0])
    output = model.graph.output[0].name
    add_unit(model, add_mean(model, output, INPUTS[1]) if encoder.per_token else output, encoder.dimension)
    if not any(known.domain == "com.microsoft" for known in model.opset_import):
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))  # the integer product
    onnx.checker.check_model(model)
    return model


def reference_vectors(encoder: KerasEncoder, tokenizer: Tokenizer, texts: Sequence[str]) -> Vectors:
    """(n, d) of `texts` in order, L2-normalised, as Keras gives them one at a time."""
    import tensorflow as tf

    rows = []
    for text in texts:
        ids = tf.constant([tokenizer.encode(text).ids or [0]], tf.int64)
        vectors = np.asarray(encoder.call(ids, tf.ones_like(ids)))[0]
        rows.append(vectors.mean(axis=0) if encoder.per_token else vectors)
    pooled = np.stack(rows)
    unit: Vectors = pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), MIN_NORM)
    return unit


def _keras_file(path: Path) -> tuple[dict[str, Any], Callable[[dict[str, Any]], Any]]:
    import keras

    try:
        model = keras.models.load_model(path, compile=False)
    except (OSError, ValueError, TypeError) as error:
        raise BaseModelError(f"{path} is not a model that Keras {keras.__version__} can load: {error}") from error
    return {tensor.name: tensor.dtype for tensor in model.inputs}, model


def _saved_model(path: Path) -> tuple[dict[str, Any], Callable[[dict[str, Any]], Any]]:
    import tensorflow as tf

    try:
        loaded = tf.saved_model.load(str(path))
    except OSError as error:
        raise BaseModelError(f"{path} is not a SavedModel: {error}") from error
    function = loaded.signatures["serving_default"]
    outputs = list(function.structured_outputs)
    if len(outputs) > 1 and "last_hidden_state" not in outputs:
        raise BaseModelError(f"{path} gives {', '.join(outputs)}: expected one output, or last_hidden_state among them")
    output = "last_hidden_state" if len(outputs) > 1 else outputs[0]

    def run(inputs: dict[str, Any], owner: Any = loaded) -> Any:  # the function does not keep its variables alive
        return function(**inputs)[output]

    return {name: spec.dtype for name, spec in function.structured_input_signature[1].items()}, run
