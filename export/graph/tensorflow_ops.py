"""Operators of TensorFlow's converter, rewritten as operators that can be quantised.

Three rewrites:

    Erfc(x)                  → 1 - Erf(x): Keras' GELU needs Erfc, ONNX lacks it
    reshaped weights         → constants, folded by ONNX Runtime's passes that do not depend on the machine
    Gemm(x, w, b)            → MatMul and Add
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

ONE = "plain_one"
Tensors = dict[str, TensorProto]


def plain_graph(model: ModelProto) -> ModelProto:
    """Return an equivalent of `model` in plain operators, with every constant folded."""
    _rewrite(model, _plain_erfc)
    folded = _fold_constants(model)
    _rewrite(folded, _plain_gemm)
    return folded


def _rewrite(model: ModelProto, plain: Callable[[NodeProto, Tensors], list[NodeProto]]) -> None:
    """Replace each node of `model`, in place, by the nodes of `plain`, a function that may add tensors."""
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    nodes = [made for node in model.graph.node for made in plain(node, tensors)]
    used = {name for node in nodes for name in node.input}
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(tensor for name, tensor in tensors.items() if name in used)


def _fold_constants(model: ModelProto) -> ModelProto:
    """Return `model` after ONNX Runtime's basic passes."""
    with tempfile.TemporaryDirectory() as folder:
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(Path(folder) / "folded.onnx")
        ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return onnx.load(options.optimized_model_filepath)


def _plain_erfc(node: NodeProto, tensors: Tensors) -> list[NodeProto]:
    if node.op_type != "Erfc":
        return [node]
    output = node.output[0]
    tensors[ONE] = numpy_helper.from_array(np.array(1, np.float32), ONE)
    erf = helper.make_node("Erf", [node.input[0]], [f"{output}_erf"])
    return [erf, helper.make_node("Sub", [ONE, f"{output}_erf"], [output])]


def _plain_gemm(node: NodeProto, tensors: Tensors) -> list[NodeProto]:
    attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    bias = node.input[2] if len(node.input) > 2 else ""
    factors = {attributes.get("alpha", 1.0), attributes.get("beta", 1.0) if bias else 1.0}
    if node.op_type != "Gemm" or node.input[1] not in tensors or attributes.get("transA") or factors != {1.0}:
        return [node]
    output, weight = node.output[0], numpy_helper.to_array(tensors[node.input[1]])
    name = f"{output}_weight"
    turned = weight.T if attributes.get("transB") else weight
    tensors[name] = numpy_helper.from_array(np.ascontiguousarray(turned), name)
    if not bias:
        return [helper.make_node("MatMul", [node.input[0], name], [output])]
    product = helper.make_node("MatMul", [node.input[0], name], [f"{output}_product"])
    return [product, helper.make_node("Add", [f"{output}_product", bias], [output])]
