"""The pooling head of an encoder's graph, mean over tokens and L2 norm, for graphs of other frameworks than torch."""

from __future__ import annotations

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from export.projection.principal import MIN_NORM

VECTORS = "vectors"


def append_mean(model: ModelProto, tokens: str, mask: str) -> str:
    """Append the mean of `tokens` (n, tokens, d) over `mask` (n, tokens) int64, and return the mean's name, (n, d).

    The mean is a matrix product, as in torch: ONNX Runtime sums one row and n rows differently.
    """
    _constants(model, {"tail_one": np.float32(1), "tail_first": np.int64(0), "tail_middle": np.array([1])})
    model.graph.node.extend(
        [
            helper.make_node("Cast", [mask], ["tail_mask"], to=TensorProto.FLOAT),
            helper.make_node("ReduceSum", ["tail_mask", "tail_middle"], ["tail_count"], keepdims=1),
            helper.make_node("Max", ["tail_count", "tail_one"], ["tail_least_count"]),
            helper.make_node("Div", ["tail_mask", "tail_least_count"], ["tail_shares"]),
            helper.make_node("Unsqueeze", ["tail_shares", "tail_middle"], ["tail_weights"]),
            helper.make_node("MatMul", ["tail_weights", tokens], ["tail_means"]),
            helper.make_node("Gather", ["tail_means", "tail_first"], ["tail_mean"], axis=1),
        ]
    )
    return "tail_mean"


def append_length(model: ModelProto, pooled: str, dimension: int, least: float = MIN_NORM) -> None:
    """Append the division of `pooled` (n, dimension) by its length, and make it the only output of `model`.

    The divisor is at least `least`: 1 leaves vectors shorter than 1 as they are.
    """
    _constants(model, {"tail_least": np.float32(least)})
    model.graph.node.extend(
        [
            helper.make_node("ReduceL2", [pooled], ["tail_length"], axes=[1], keepdims=1),
            helper.make_node("Max", ["tail_length", "tail_least"], ["tail_norm"]),
            helper.make_node("Div", [pooled, "tail_norm"], [VECTORS]),
        ]
    )
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info(VECTORS, TensorProto.FLOAT, ["n", dimension]))


def _constants(model: ModelProto, values: dict[str, np.generic | np.ndarray]) -> None:
    model.graph.initializer.extend(numpy_helper.from_array(np.asarray(value), name) for name, value in values.items())
