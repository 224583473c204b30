"""fp32 graph to int8 with one scale a row: batch-invariant, a text's vector does not depend on its batch.

ONNX Runtime's own dynamic quantisation takes ONE scale for a whole tensor of activations, so each text of a batch
changes all others. Here every token has its own scale, and the product is of integers: exact sums in any order.

    scale[row] = max |x[row]| / 127        x8[row] = round(x[row] / scale[row]) + 128      uint8
    scale[col] = max |w[:, col]| / 63      w8[:, col] = round(w[:, col] / scale[col])      int8
    x @ w ≈ (x8 - 128) @ w8 * scale[col] * scale[row]

Weights use 7 of 8 bits: a CPU without VNNI adds two products of a uint8 and an int8 in 16 bits. The largest sum is
then 2 * 255 * 63. So the same file does not saturate on older machines. The eighth bit is worth a thousandth of
cosine (mean over the demo texts 0.9956 with 7 bits, 0.9969 with 8). Embedding tables keep all 8 bits, one scale a
word.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

WEIGHT_MAX = 63
TABLE_MAX = 127
ACTIVATION_MAX = 127
ACTIVATION_ZERO = 128
MIN_SCALE = 1e-12  # a row of zeros stays zero
MIN_TABLE_ROWS = 1000  # vocabularies have more, positions and token types fewer
MIN_ELEMENTS = 1_000_000  # smaller float matrices, below 4 MB, are not reported
TABLE_STEPS = "_8"  # the output of a Gather from an int8 table

DESCRIPTION = "int8, per-row dynamic activations (8 bits), per-column weights (7 bits), per-word embeddings (8 bits)"


def quantize(model: ModelProto, min_table_rows: int = MIN_TABLE_ROWS) -> ModelProto:
    """Return a copy of `model` with int8 weights in every MatMul by a constant and every large embedding table."""
    quantized = ModelProto()
    quantized.CopyFrom(model)
    rewrite = _Rewrite({i.name: i for i in quantized.graph.initializer})
    for node in model.graph.node:
        weight = rewrite.matrix(node)
        if weight is not None and node.op_type == "MatMul":
            rewrite.matmul(node, weight)
        elif weight is not None and len(weight) >= min_table_rows and node.op_type == "Gather":
            rewrite.gather(node, weight)
        else:
            rewrite.nodes.append(node)
    rewrite.apply(quantized)
    onnx.checker.check_model(quantized)
    return quantized


def scaled(weight: NDArray[np.float32], axis: int, largest: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return integers within ±`largest` and their float32 scales, one scale along `axis`, axes kept.

    >>> integers, scales = scaled(np.array([[1.0, -8.0], [0.5, 4.0]], np.float32), 0, 4)
    >>> integers.tolist(), scales.tolist()
    ([[4, -4], [2, 2]], [[0.25, 2.0]])
    """
    scales = np.maximum(np.abs(weight).max(axis=axis, keepdims=True) / largest, MIN_SCALE).astype(np.float32)
    return np.round(weight / scales).astype(np.int8), scales


@dataclass(frozen=True)
class Coverage:
    """A count of the constant matrices of a graph that are int8, and of the rest."""

    n_products: int  # integer matrix products
    n_tables: int  # int8 embedding tables
    in_float: tuple[str, ...]  # outputs of the operators that read a large float matrix

    def __str__(self) -> str:
        rest = f"float: {', '.join(self.in_float)}" if self.in_float else "none left in float"
        return f"{self.n_products} matrix products and {self.n_tables} embedding tables, {rest}"


def coverage(model: ModelProto, min_elements: int = MIN_ELEMENTS) -> Coverage:
    """Count the int8 matrices of `model`, and name each operator that reads a float one of `min_elements` or more."""
    large = {
        tensor.name
        for tensor in model.graph.initializer
        if tensor.data_type == TensorProto.FLOAT and len(tensor.dims) > 1 and np.prod(tensor.dims) >= min_elements
    }
    nodes = model.graph.node
    return Coverage(
        n_products=sum(node.op_type == "MatMulIntegerToFloat" for node in nodes),
        n_tables=sum(node.op_type == "Gather" and node.output[0].endswith(TABLE_STEPS) for node in nodes),
        in_float=tuple(node.output[0] for node in nodes if large & set(node.input)),
    )


@dataclass
class _Rewrite:
    """A graph under construction."""

    initializers: dict[str, TensorProto]
    nodes: list[NodeProto] = field(default_factory=list)
    quantized_inputs: set[str] = field(default_factory=set)

    def matrix(self, node: NodeProto) -> NDArray[np.float32] | None:
        """Return the constant float matrix (rows, columns) that `node` multiplies by or reads from, else None."""
        position = {"MatMul": 1, "Gather": 0}.get(node.op_type)
        tensor = None if position is None else self.initializers.get(node.input[position])
        if tensor is None or len(tensor.dims) != 2 or tensor.data_type != TensorProto.FLOAT:
            return None
        return numpy_helper.to_array(tensor)

    def matmul(self, node: NodeProto, weight: NDArray[np.float32]) -> None:
        x, (product,) = node.input[0], node.output
        integers, scales = scaled(weight, 0, WEIGHT_MAX)
        self._quantize_input(x)
        w8, w_scale = self._constant(f"{product}_w8", integers), self._constant(f"{product}_w_scale", scales[0])
        one, zero = self._constant("row_one", np.float32(1)), self._constant("row_zero", np.uint8(ACTIVATION_ZERO))
        inputs = [f"{x}_row8", w8, one, w_scale, zero]
        self._add("MatMulIntegerToFloat", inputs, f"{product}_unscaled", domain="com.microsoft")
        self._add("Mul", [f"{product}_unscaled", f"{x}_row_scale"], product)

    def _quantize_input(self, x: str) -> None:
        if x in self.quantized_inputs:  # Q, K and V read the same activations
            return
        self.quantized_inputs.add(x)
        self._add("Abs", [x], f"{x}_row_abs")
        self._add("ReduceMax", [f"{x}_row_abs"], f"{x}_row_max", axes=[-1], keepdims=1)
        self._add("Mul", [f"{x}_row_max", self._constant("row_step", np.float32(1 / ACTIVATION_MAX))], f"{x}_row_step")
        self._add("Max", [f"{x}_row_step", self._constant("row_min", np.float32(MIN_SCALE))], f"{x}_row_scale")
        self._add("Div", [x, f"{x}_row_scale"], f"{x}_row_steps")
        one, zero = self._constant("row_one", np.float32(1)), self._constant("row_zero", np.uint8(ACTIVATION_ZERO))
        self._add("QuantizeLinear", [f"{x}_row_steps", one, zero], f"{x}_row8")

    def gather(self, node: NodeProto, table: NDArray[np.float32]) -> None:
        ids, (rows,) = node.input[1], node.output
        integers, scales = scaled(table, 1, TABLE_MAX)
        self._add("Gather", [self._constant(f"{rows}_w8", integers), ids], f"{rows}{TABLE_STEPS}")
        self._add("Gather", [self._constant(f"{rows}_w_scale", scales), ids], f"{rows}_scale")
        self._add("Cast", [f"{rows}{TABLE_STEPS}"], f"{rows}_steps", to=TensorProto.FLOAT)
        self._add("Mul", [f"{rows}_steps", f"{rows}_scale"], rows)

    def _add(self, op: str, inputs: list[str], output: str, **attributes: Any) -> None:
        self.nodes.append(helper.make_node(op, inputs, [output], name=f"{output}_{op}", **attributes))

    def _constant(self, name: str, value: NDArray[np.generic] | np.generic) -> str:
        self.initializers[name] = numpy_helper.from_array(np.asarray(value), name)
        return name

    def apply(self, model: ModelProto) -> None:
        used = {name for node in self.nodes for name in node.input}
        del model.graph.node[:], model.graph.initializer[:]
        model.graph.node.extend(self.nodes)
        model.graph.initializer.extend(tensor for name, tensor in self.initializers.items() if name in used)
