"""Torch module to encoder folder, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import onnx
from onnx import ModelProto
from tqdm import tqdm

from export.graph.fp16 import to_fp16
from export.graph.to_onnx import to_onnx
from export.package.bounds import VARIANT_BOUNDS, Bounds, Verification
from export.package.files import max_tokens_of, write_model
from export.package.folder import new_folder
from export.package.manifest import ModelSpec, Provenance
from export.package.variants import verify_and_sign
from export.package.verify import ReferenceVectors
from export.source.torch_encoder import TorchEncoder
from export.source.torch_reference import reference_vectors
from export.texts import add_shortest_word, check_count
from stream.core.text.steps import TextStep
from stream.onnx.folder import FP16_MODEL, LABELS
from stream.wire.label_heads import read_label_heads


@dataclass(frozen=True)
class Extras:
    """Optional parts of an encoder: a text step, label heads, a graph for a GPU."""

    text_step: TextStep = field(default_factory=lambda: TextStep("none"))
    labels: bytes | None = None  # labels.json
    fp16: bool = False


def build(
    encoder: TorchEncoder,
    provenance: Provenance,
    out: Path,
    bounds: Bounds | None = None,
    extras: Extras | None = None,
) -> Verification:
    """Build the encoder folder `out` and verify every variant on the encoder's texts; `bounds` are those of int8.

    `out` is replaced whole or left as it was. Raises BuildError when `out` is not an encoder folder,
    VerificationError with every violation, TextsError without texts, LabelHeadsError for heads of another dimension.
    """
    extras = extras or Extras()
    check_count(len(encoder.texts), 0)
    if extras.labels is not None:
        read_label_heads(extras.labels, encoder.module.dimension)
    with new_folder(out) as folder, tqdm(total=3, desc="export", unit="step") as bar:
        graph = to_onnx(encoder.module)
        spec = write_model(folder, graph, encoder.tokenizer, _spec(encoder, extras.text_step))
        _write_extras(folder, graph, extras)
        bar.update()
        texts = add_shortest_word(encoder.texts)
        vectors = reference_vectors(encoder.module, encoder.tokenizer, texts, extras.text_step)
        bar.update()
        reference = ReferenceVectors(texts, vectors)
        verification = verify_and_sign(folder, graph, reference, bounds or VARIANT_BOUNDS["int8"], provenance, spec)
        bar.update()
    return verification


def _write_extras(folder: Path, graph: ModelProto, extras: Extras) -> None:
    if extras.labels is not None:
        (folder / LABELS).write_bytes(extras.labels)
    if extras.fp16:
        onnx.save(to_fp16(graph), folder / FP16_MODEL)


def _spec(encoder: TorchEncoder, text_step: TextStep) -> ModelSpec:
    return ModelSpec(
        dimension=encoder.module.dimension,
        max_tokens=max_tokens_of(encoder.tokenizer),
        length="unit" if encoder.module.normalise else "learned",
        text_step=text_step,
    )
