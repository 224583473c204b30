"""Keras encoder to an fp32 ONNX graph, pooled and normalised. Needs the extra `keras` (TensorFlow and tf2onnx)."""

from __future__ import annotations

import onnx
from onnx import ModelProto, helper

from export.graph.pooling_head import append_length, append_mean
from export.graph.tensorflow_ops import plain_graph
from export.source.keras import INPUTS, KerasEncoder

OPSET = 17


def keras_to_onnx(encoder: KerasEncoder) -> ModelProto:
    """Convert `encoder`; the graph takes ids and mask (n, tokens) int64 and returns unit vectors (n, d)."""
    import tensorflow as tf
    import tf2onnx

    signature = [tf.TensorSpec((None, None), tf.int64, name=name) for name in INPUTS]
    function = tf.function(encoder.call, input_signature=signature)
    model = plain_graph(tf2onnx.convert.from_function(function, input_signature=signature, opset=OPSET)[0])
    output = model.graph.output[0].name
    pooled = append_mean(model, output, INPUTS[1]) if encoder.per_token else output
    append_length(model, pooled, encoder.dimension)
    if not any(known.domain == "com.microsoft" for known in model.opset_import):
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))  # the integer product
    onnx.checker.check_model(model)
    return model
