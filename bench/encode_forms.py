"""The forms of one model that are measured beside each other: torch, fp32, int8, and a student of every other layer."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import ModelProto

from export.default import Reference
from export.manifest import Form, Origin, describe, write_manifest
from export.quantize import quantize
from export.reference import SentenceModule, padded
from export.to_onnx import to_onnx
from stream.onnx.folder import MODEL, TOKENIZER

ORIGIN = Origin("bench", "bench", "bench", "bench", "bench", "python -m bench", "bench")

Vectors = NDArray[np.float32]


def folder(reference: Reference, out: Path, *, int8: bool) -> Path:
    """`reference` as an encoder folder, unverified."""
    out.mkdir(parents=True)
    graph: ModelProto = to_onnx(reference.module)
    onnx.save(quantize(graph) if int8 else graph, out / MODEL)
    reference.tokenizer.save(str(out / TOKENIZER))
    max_tokens = (reference.tokenizer.truncation or {})["max_length"]
    form = Form(
        dimension=reference.module.dimension,
        max_tokens=max_tokens,
        length="unit" if reference.module.normalise else "learned",
    )
    write_manifest(out, describe(out, ORIGIN, form))
    return out


def student(reference: Reference) -> Reference:
    """`reference` with every other layer, untrained: what fewer layers gain in speed; their vectors mean nothing."""
    module: SentenceModule = deepcopy(reference.module)
    layers = module.transformer.encoder.layer
    module.transformer.encoder.layer = torch.nn.ModuleList(layers[::2])
    module.transformer.config.num_hidden_layers = len(module.transformer.encoder.layer)
    return Reference(module, reference.tokenizer, reference.texts)


def torch_encode(reference: Reference, tokens: Sequence[Sequence[int]], batch: int) -> Vectors:
    """(n, d) of token sequences in the order they came, each batch padded to its longest."""
    parts = []
    for start in range(0, len(tokens), batch):
        ids, mask = padded(tokens[start : start + batch])
        with torch.inference_mode():
            parts.append(reference.module(ids, mask).numpy())
    return np.concatenate(parts)
