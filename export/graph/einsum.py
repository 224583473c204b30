"""Einsum by a constant as a matrix product, which can be quantised: XLNet writes its projections as Einsum.

The two equations of XLNet:

    ibh,hnd->ibnd    x (i, b, h) @ w (h, n·d)            → reshaped to (i, b, n, d)
    ibnd,hnd->ibh    x reshaped to (i, b, n·d) @ w (n·d, h)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper


@dataclass(frozen=True)
class Product:
    """A matrix product as an equation: letters of x kept, letters summed over, and letters new from the constant."""

    kept: str
    summed: str
    new: str
    constant: str  # letters of the constant, in its own order


def parse_product(equation: str) -> Product | None:
    """Parse `equation` as a product of x by a constant; return None for any other equation.

    >>> parse_product("ibnd,hnd->ibh")
    Product(kept='ib', summed='nd', new='h', constant='hnd')
    >>> parse_product("ibnd,jbnd->bnij") is None
    True
    """
    inputs, _, output = equation.replace(" ", "").partition("->")
    x, _, constant = inputs.partition(",")
    summed = "".join(letter for letter in x if letter not in output)
    kept = x.removesuffix(summed)
    new = output.removeprefix(kept)
    fits = summed and kept + summed == x and kept + new == output and sorted(summed + new) == sorted(constant)
    return Product(kept, summed, new, constant) if fits else None


def replace_einsum(model: ModelProto) -> None:
    """Replace, in place, every Einsum of `model` that multiplies by a constant."""
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    nodes: list[NodeProto] = []
    for node in model.graph.node:
        found = (
            parse_product(node.attribute[0].s.decode()) if node.op_type == "Einsum" and len(node.input) == 2 else None
        )
        tensor = tensors.get(node.input[1]) if found else None
        if found is None or tensor is None:
            nodes.append(node)
        else:
            added, made = _matmul(node, found, numpy_helper.to_array(tensor))
            nodes.extend(made)
            model.graph.initializer.extend(added)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    _drop_unused(model)


def _matmul(
    node: NodeProto, found: Product, constant: NDArray[np.float32]
) -> tuple[list[TensorProto], list[NodeProto]]:
    x, output = node.input[0], node.output[0]
    order = [found.constant.index(letter) for letter in found.summed + found.new]
    turned = constant.transpose(order)
    n_summed = int(np.prod(turned.shape[: len(found.summed)]))
    copied = [0] * len(found.kept)  # Reshape: 0 keeps a dimension
    tensors = [numpy_helper.from_array(np.ascontiguousarray(turned.reshape(n_summed, -1)), f"{output}_w")]
    nodes = []
    if len(found.summed) > 1:
        tensors.append(numpy_helper.from_array(np.array([*copied, n_summed]), f"{output}_flat_shape"))
        nodes.append(helper.make_node("Reshape", [x, f"{output}_flat_shape"], [f"{output}_flat"]))
        x = f"{output}_flat"
    split = len(found.new) > 1
    nodes.append(helper.make_node("MatMul", [x, f"{output}_w"], [f"{output}_product" if split else output]))
    if split:
        shape = [*copied, *turned.shape[len(found.summed) :]]
        tensors.append(numpy_helper.from_array(np.array(shape), f"{output}_shape"))
        nodes.append(helper.make_node("Reshape", [f"{output}_product", f"{output}_shape"], [output]))
    return tensors, nodes


def _drop_unused(model: onnx.ModelProto) -> None:
    used = {name for node in model.graph.node for name in node.input}
    kept = [tensor for tensor in model.graph.initializer if tensor.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
