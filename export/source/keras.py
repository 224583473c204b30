"""A Keras encoder as a function of ids and mask, without torch. Needs the extra `keras` (TensorFlow).

The model takes `input_ids` and `attention_mask`, (n, tokens) integers, and returns one vector a token or one a text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer
from tqdm import tqdm

from export.errors import BaseModelError
from export.projection.principal import unit_rows
from stream.core.arrays import Vectors

INPUTS = ["input_ids", "attention_mask"]
EXAMPLE = [[2, 1, 3]]  # token ids that every vocabulary has


@dataclass(frozen=True)
class KerasEncoder:
    """A function of ids and mask, (n, tokens) int64 tensors, to (n, tokens, d) or (n, d)."""

    call: Callable[[Any, Any], Any]
    per_token: bool
    dimension: int


@dataclass(frozen=True)
class _Signature:
    """Dtypes of a model's inputs by name, and the model as a function of a dict of inputs."""

    dtypes: dict[str, Any]
    run: Callable[[dict[str, Any]], Any]


def load_keras(path: Path) -> KerasEncoder:
    """Load the Keras file or the SavedModel folder at `path`. Raises BaseModelError if it is not an encoder."""
    import tensorflow as tf

    model = _saved_model(path) if path.is_dir() else _keras_file(path)
    if sorted(model.dtypes) != sorted(INPUTS):
        raise BaseModelError(f"{path} takes {', '.join(sorted(model.dtypes))}, expected input_ids and attention_mask")

    def call(ids: Any, mask: Any) -> Any:
        values = zip(INPUTS, (ids, mask), strict=True)
        return model.run({name: tf.cast(value, model.dtypes[name]) for name, value in values})

    shape = call(tf.constant(EXAMPLE, tf.int64), tf.ones_like(EXAMPLE, tf.int64)).shape
    if len(shape) not in (2, 3):
        raise BaseModelError(f"{path} gives {shape} for one text, expected (1, tokens, d) or (1, d)")
    return KerasEncoder(call, len(shape) == 3, int(shape[-1]))


def reference_vectors(encoder: KerasEncoder, tokenizer: Tokenizer, texts: Sequence[str]) -> Vectors:
    """Return the unit vectors (n, d) of `texts` in order, each text run alone."""
    import tensorflow as tf

    rows = []
    for text in tqdm(texts, desc="Keras reference", unit="text", leave=False):
        ids = tf.constant([tokenizer.encode(text).ids or [0]], tf.int64)
        vectors = np.asarray(encoder.call(ids, tf.ones_like(ids)))[0]
        rows.append(vectors.mean(axis=0) if encoder.per_token else vectors)
    return unit_rows(np.stack(rows))


def _keras_file(path: Path) -> _Signature:
    import keras

    try:
        model = keras.models.load_model(path, compile=False)
    except (OSError, ValueError, TypeError) as error:
        raise BaseModelError(f"{path} is not a model that Keras {keras.__version__} can load: {error}") from error
    return _Signature({tensor.name: tensor.dtype for tensor in model.inputs}, model)


def _saved_model(path: Path) -> _Signature:
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

    return _Signature({name: spec.dtype for name, spec in function.structured_input_signature[1].items()}, run)
