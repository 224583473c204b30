"""Variants of one model to compare: torch, the fp32 graph, the int8 graph, half of the layers, and none."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import ModelProto

from export.graph.quantize_int8 import quantize
from export.graph.to_onnx import to_onnx
from export.graph.token_table import token_table_graph
from export.package.manifest import ModelSpec, Provenance, describe, write_manifest
from export.source.torch_encoder import TorchEncoder
from export.source.torch_reference import SentenceModule, padded
from export.students.fewer_layers import keep_layers
from stream.core.arrays import Vectors
from stream.onnx.folder import MODEL, TOKENIZER

PROVENANCE = Provenance("bench", "bench", "bench", "bench", "bench", "python -m bench", "bench")

TORCH_BATCH = 32
TORCH = f"torch, batches of {TORCH_BATCH}"


def folder(reference: TorchEncoder, out: Path, *, int8: bool) -> Path:
    """Write `reference` as an encoder folder without verifying it, and return `out`."""
    return _folder(to_onnx(reference.module), reference, out, int8=int8)


def token_table(reference: TorchEncoder, out: Path) -> Path:
    """Write a table of random token vectors in the shape of `reference`, and return `out`. Only its speed counts."""
    shape = reference.tokenizer.get_vocab_size(), reference.module.dimension
    table = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    return _folder(token_table_graph(table, unit=True), reference, out, int8=True)


def _folder(graph: ModelProto, reference: TorchEncoder, out: Path, *, int8: bool) -> Path:
    out.mkdir(parents=True)
    onnx.save(quantize(graph) if int8 else graph, out / MODEL)
    reference.tokenizer.save(str(out / TOKENIZER))
    max_tokens = (reference.tokenizer.truncation or {})["max_length"]
    form = ModelSpec(
        dimension=reference.module.dimension,
        max_tokens=max_tokens,
        length="unit" if reference.module.normalise else "learned",
    )
    write_manifest(out, describe(out, PROVENANCE, form))
    return out


def student(reference: TorchEncoder) -> TorchEncoder:
    """Return `reference` with half of the layers, untrained. Only its speed counts: its vectors are arbitrary."""
    module: SentenceModule = deepcopy(reference.module)
    keep_layers(module.transformer, len(module.transformer.encoder.layer) // 2)
    return TorchEncoder(module, reference.tokenizer, reference.texts)


def faster_attention(reference: TorchEncoder) -> TorchEncoder:
    """Switch `reference` to torch's own attention, faster than the exported form, and return it."""
    reference.module.transformer.set_attn_implementation("sdpa")
    return reference


def torch_encode(reference: TorchEncoder, tokens: Sequence[Sequence[int]], batch: int) -> Vectors:
    """Return `(n, d)` vectors of token sequences, each batch padded to its longest."""
    parts = []
    for start in range(0, len(tokens), batch):
        ids, mask = padded(tokens[start : start + batch])
        with torch.inference_mode():
            parts.append(reference.module(ids, mask).numpy())
    return np.concatenate(parts)
