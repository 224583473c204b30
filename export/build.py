"""Torch module to encoder folder, all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import onnx
from onnx import ModelProto
from tokenizers import Tokenizer
from tqdm import tqdm

from export.errors import BuildError as BuildError
from export.folder import check_replaceable as check_replaceable
from export.folder import new_folder
from export.half import half
from export.manifest import Form, Origin, describe, write_manifest
from export.quantize import DESCRIPTION, coverage, quantize
from export.reference import SentenceModule, reference_vectors
from export.to_onnx import to_onnx
from export.variants import BOUNDS, judge
from export.verify import Bounds, Verification, with_shortest
from export.whiten import check_texts
from stream.core.text.steps import TextStep
from stream.onnx.folder import LABELS, MODEL, TOKENIZER
from stream.wire.label_heads import read_label_heads


@dataclass(frozen=True)
class Extras:
    """What an encoder may have besides a model: a text step, label heads, a graph for a GPU."""

    text_step: TextStep = field(default_factory=lambda: TextStep("none"))
    labels: bytes | None = None  # labels.json
    fp16: bool = False


def build(
    module: SentenceModule,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    origin: Origin,
    out: Path,
    bounds: Bounds | None = None,
    extras: Extras | None = None,
) -> Verification:
    """Make the encoder folder `out` and verify every variant on distinct `texts`, not yet normalised.

    `bounds` are for the int8 graph, the one that is served. `out` is replaced by a whole new folder, or left as it
    was. Raises BuildError when `out` is something else than an encoder folder, VerificationError with every bound
    missed, TextsError without texts, LabelHeadsError when the label heads are not for this module.
    """
    extras = extras or Extras()
    check_texts(len(texts), 0)
    if extras.labels is not None:
        read_label_heads(extras.labels, module.dimension)
    with new_folder(out) as folder, tqdm(total=4, desc="export", unit="step") as bar:
        graphs = _graphs(module, extras)
        bar.update()
        form = _write(folder, graphs["fp32"], module, tokenizer, extras)
        write_manifest(folder, describe(folder, origin, form))
        bar.update()
        held = with_shortest(texts)
        reference = reference_vectors(module, tokenizer, held, extras.text_step)
        bar.update()
        verification = judge(folder, graphs, held, reference, bounds or BOUNDS["int8"], (origin, form))
        bar.update()
    return verification


def _graphs(module: SentenceModule, extras: Extras) -> dict[str, ModelProto]:
    graph = to_onnx(module)
    return {"fp32": graph} | ({"fp16": half(graph)} if extras.fp16 else {})


def _write(folder: Path, graph: ModelProto, module: SentenceModule, tokenizer: Tokenizer, extras: Extras) -> Form:
    """Write everything but the manifest, whose form is returned."""
    int8 = quantize(graph)
    onnx.save(int8, folder / MODEL)
    tokenizer.save(str(folder / TOKENIZER), pretty=False)
    if extras.labels is not None:
        (folder / LABELS).write_bytes(extras.labels)
    return Form(
        dimension=module.dimension,
        max_tokens=(tokenizer.truncation or {})["max_length"],
        length="unit" if module.normalise else "learned",
        text_step=extras.text_step,
        quantization=f"{DESCRIPTION}: {coverage(int8)}",
    )
