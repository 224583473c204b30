"""Keras encoder to encoder folder, all or nothing. Needs the extra `keras` (TensorFlow), and no torch."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import packages_distributions
from pathlib import Path

from tokenizers import Tokenizer

from export.graph.keras_to_onnx import keras_to_onnx
from export.package.bounds import Bounds, Verification
from export.package.files import max_tokens_of, write_model
from export.package.folder import new_folder
from export.package.manifest import ModelSpec, Provenance
from export.package.variants import verify_and_sign
from export.package.verify import ReferenceVectors
from export.source.keras import KerasEncoder, reference_vectors
from export.texts import add_shortest_word, check_count

LIBRARIES = ("keras", "tf2onnx", "tokenizers", "onnx", "onnxruntime", "numpy")


def build_keras(
    encoder: KerasEncoder,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    provenance: Provenance,
    out: Path,
    bounds: Bounds,
) -> Verification:
    """Build the encoder folder `out` and verify it against Keras on distinct `texts`; `tokenizer` truncates.

    `out` is replaced whole or left as it was. Raises TextsError, BuildError, VerificationError.
    """
    check_count(len(texts), 0)
    with new_folder(out) as folder:
        graph = keras_to_onnx(encoder)
        spec = ModelSpec(
            dimension=encoder.dimension,
            max_tokens=max_tokens_of(tokenizer),
            libraries=(*packages_distributions()["tensorflow"][:1], *LIBRARIES),  # tensorflow, or tensorflow-cpu
        )
        spec = write_model(folder, graph, tokenizer, spec)
        checked = add_shortest_word(texts)
        reference = ReferenceVectors(checked, reference_vectors(encoder, tokenizer, checked))
        return verify_and_sign(folder, graph, reference, bounds, provenance, spec)
