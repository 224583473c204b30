"""The files of a model: int8 graph and tokenizer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import onnx
from onnx import ModelProto
from tokenizers import Tokenizer

from export.graph.quantize_int8 import DESCRIPTION, coverage, quantize
from export.package.manifest import ModelSpec
from stream.onnx.folder import MODEL, TOKENIZER


def write_model(folder: Path, graph: ModelProto, tokenizer: Tokenizer, spec: ModelSpec) -> ModelSpec:
    """Write the fp32 `graph` as int8, and the tokenizer; return `spec` with what the quantiser reached."""
    int8 = quantize(graph)
    onnx.save(int8, folder / MODEL)
    tokenizer.save(str(folder / TOKENIZER), pretty=False)
    return replace(spec, quantization=f"{DESCRIPTION}: {coverage(int8)}")


def max_tokens_of(tokenizer: Tokenizer) -> int:
    """Return the number of tokens at which `tokenizer` truncates."""
    return int((tokenizer.truncation or {})["max_length"])
