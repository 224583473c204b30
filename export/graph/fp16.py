"""fp32 graph to fp16, for a GPU: there, int8 with one scale a row is slower than no quantisation."""

from __future__ import annotations

import warnings

from onnx import ModelProto


def to_fp16(model: ModelProto) -> ModelProto:
    """Return a copy of `model` with fp16 weights and arithmetic and a float32 output."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    copy = ModelProto()
    copy.CopyFrom(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about weights below fp16's range; verification measures their effect
        converted: ModelProto = convert_float_to_float16(copy, keep_io_types=True)
    return converted
