"""A graph without layers: the mean of a table's rows over a text's tokens, then its length."""

from __future__ import annotations

import onnx
from onnx import ModelProto, TensorProto, helper, numpy_helper

from export.graph.pooling_head import VECTORS, append_length, append_mean
from export.projection.principal import MIN_NORM
from stream.core.arrays import Vectors

OPSET, IR_VERSION = 17, 8
INPUTS = ["input_ids", "attention_mask"]


def token_table_graph(table: Vectors, *, unit: bool) -> ModelProto:
    """Return the graph of `table` (n_tokens, d): vectors have length 1 if `unit`, else of at most 1."""
    dimension = table.shape[1]
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", INPUTS[0]], ["token_vectors"])],
        "token_table",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "tokens"]) for name in INPUTS],
        [helper.make_tensor_value_info(VECTORS, TensorProto.FLOAT, ["n", dimension])],
        [numpy_helper.from_array(table, "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    pooled = append_mean(model, "token_vectors", INPUTS[1])
    append_length(model, pooled, dimension, MIN_NORM if unit else 1.0)
    onnx.checker.check_model(model)
    return model
