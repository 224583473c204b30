"""A projection appended to an encoder's graph, without torch.

The unit vectors v / |v| of the encoder are projected:

    unit = v / |v|          before           tokens ──▶ weighted mean = pooled ──▶ v
    y = unit @ weight + bias                 tokens @ weight ──▶ weighted mean + |pooled| * bias ──▶ y's direction

The mean is linear, so projecting the tokens equals projecting their mean. Tokens are projected because the CPU kernel
for a matrix of one row rounds otherwise than the kernel for a batch. The new product is int8, as all others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

from export.errors import BuildError
from export.graph.quantize_int8 import quantize
from export.projection.principal import MIN_NORM
from export.projection.whiten import Projection


@dataclass(frozen=True)
class PoolingHead:
    """A mean over tokens at the end of an encoder's graph, by the names of its tensors."""

    weights: str  # (n, 1, tokens)
    tokens: str  # (n, tokens, d)
    pooled: str  # (n, d)
    vectors: str  # (n, d), the output


def find_pooling_head(model: ModelProto) -> PoolingHead:
    """Find the mean over tokens at the end of `model`. Raises BuildError for a graph without one."""
    made_by = {output: node for node in model.graph.node for output in node.output}
    vectors = model.graph.output[0].name
    divided = made_by.get(vectors)
    taken = made_by.get(divided.input[0]) if divided is not None and divided.op_type == "Div" else None
    mean = made_by.get(taken.input[0]) if taken is not None and taken.op_type in ("Gather", "Squeeze") else None
    if divided is None or mean is None or mean.op_type != "MatMul":
        raise BuildError(
            "this encoder's graph does not end in a mean over tokens: export it again, or name the encoder "
            "that it was projected from"
        )
    return PoolingHead(mean.input[0], mean.input[1], divided.input[0], vectors)


def append_projection(model: ModelProto, projection: Projection, *, keep_length: bool) -> ModelProto:
    """Return a copy of `model` with the projection appended; vectors have length 1 or, with `keep_length`, their own.

    Raises BuildError for a graph without a mean over tokens at its end.
    """
    head = find_pooling_head(model)
    appended = ModelProto()
    appended.CopyFrom(model)
    graph = appended.graph
    previous = "previous_vectors"
    for node in graph.node:
        for i, name in enumerate(node.output):
            if name == head.vectors:
                node.output[i] = previous
    constants = {
        "fitted_weight": projection.weight,
        "fitted_bias": projection.bias,
        "fitted_least": np.float32(MIN_NORM),
        "fitted_first": np.int64(0),
    }
    graph.initializer.extend(numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items())
    graph.node.extend(_nodes(head, previous if keep_length else ""))
    graph.output[0].type.tensor_type.shape.dim[1].dim_value = projection.weight.shape[1]
    _prune(appended)
    quantized = quantize(appended)
    checker.check_model(quantized)
    return quantized


def _nodes(head: PoolingHead, previous: str) -> list[NodeProto]:
    """Return the nodes of the new head; `previous` names the vectors that give the lengths, "" for length 1."""
    unit = "fitted_unit" if previous else head.vectors
    nodes = [
        helper.make_node("MatMul", [head.tokens, "fitted_weight"], ["fitted_tokens"]),
        helper.make_node("MatMul", [head.weights, "fitted_tokens"], ["fitted_means"]),
        helper.make_node("Gather", ["fitted_means", "fitted_first"], ["fitted_mean"], axis=1),
        helper.make_node("ReduceL2", [head.pooled], ["fitted_length"], axes=[1], keepdims=1),
        helper.make_node("Mul", ["fitted_length", "fitted_bias"], ["fitted_shift"]),
        helper.make_node("Add", ["fitted_mean", "fitted_shift"], ["fitted_sum"]),
        helper.make_node("ReduceL2", ["fitted_sum"], ["fitted_sum_length"], axes=[1], keepdims=1),
        helper.make_node("Max", ["fitted_sum_length", "fitted_least"], ["fitted_norm"]),
        helper.make_node("Div", ["fitted_sum", "fitted_norm"], [unit]),
    ]
    if previous:
        nodes.append(helper.make_node("ReduceL2", [previous], ["previous_length"], axes=[1], keepdims=1))
        nodes.append(helper.make_node("Mul", [unit, "previous_length"], [head.vectors]))
    return nodes


def _prune(model: ModelProto) -> None:
    """Drop, in place, nodes and constants that no output needs."""
    needed = {output.name for output in model.graph.output}
    kept = []
    for node in reversed(model.graph.node):
        if needed & set(node.output):
            needed |= set(node.input)
            kept.append(node)
    tensors: list[TensorProto] = [tensor for tensor in model.graph.initializer if tensor.name in needed]
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(reversed(kept))
    model.graph.initializer.extend(tensors)
