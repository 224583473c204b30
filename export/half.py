"""fp32 graph to fp16, for a GPU: there int8 with a scale a row is slower than no quantisation at all."""

from __future__ import annotations

import warnings

from onnx import ModelProto


def half(model: ModelProto) -> ModelProto:
    """A copy of `model` with fp16 weights and arithmetic; its output stays float32."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    copy = ModelProto()
    copy.CopyFrom(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that weights smaller than fp16 can hold were cut, which `verify` judges
        converted: ModelProto = convert_float_to_float16(copy, keep_io_types=True)
    return converted
