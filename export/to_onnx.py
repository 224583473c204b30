"""Torch module to a fused fp32 ONNX graph: (input_ids, attention_mask) int64 of any batch and length → (n, d) float32.

Attention, GELU with its bias and the embeddings' arithmetic become single operators. Layer normalisation with its
skip connection does not: ONNX Runtime's `SkipLayerNormalization` took 18 % of a run, the plain operators 5 %.
XLNet's and MPNet's attention, with its relative positions, is not among what the fusion knows and stays as it is.
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import onnx
import torch
from onnx import ModelProto, NodeProto, helper

from export.einsum import plain_products
from export.reference import SentenceModule

OPSET = 17
INPUTS = ["input_ids", "attention_mask"]


def to_onnx(module: SentenceModule) -> ModelProto:
    """The fused graph of `module`."""
    config = module.transformer.config
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        _trace(module, plain)
        fused = _fuse(plain, config.num_attention_heads, config.hidden_size)
    unskip(fused)
    plain_products(fused)
    fused.opset_import.append(helper.make_opsetid("com.microsoft", 1))  # the fused operators
    onnx.checker.check_model(fused)
    return fused


def _trace(module: SentenceModule, file: Path) -> None:
    example = (torch.tensor([[2, 1, 3], [2, 1, 0]]), torch.tensor([[1, 1, 1], [1, 1, 0]]))
    free = {0: "n", 1: "tokens"}
    with warnings.catch_warnings():
        # The fusion below knows the graphs of torch's first exporter, which says that it is the old one,
        # and that shapes read while tracing are constants (none here depends on the example).
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            example,
            str(file),
            dynamo=False,
            opset_version=OPSET,
            input_names=INPUTS,
            output_names=["vectors"],
            dynamic_axes={"input_ids": free, "attention_mask": free, "vectors": {0: "n"}},
        )


def _fuse(file: Path, n_heads: int, hidden_size: int) -> ModelProto:
    from onnxruntime.transformers.fusion_options import FusionOptions
    from onnxruntime.transformers.optimizer import optimize_model

    options = FusionOptions("bert")
    options.enable_embed_layer_norm = False  # leaves the embedding table where it can be quantised
    options.use_multi_head_attention = True  # leaves the projections of Q, K and V where they can be quantised
    fused = optimize_model(
        str(file),
        model_type="bert",
        num_heads=n_heads,
        hidden_size=hidden_size,
        optimization_options=options,
        opt_level=0,  # nothing that depends on the machine of the export
    )
    model: ModelProto = fused.model
    return model


def unskip(model: ModelProto) -> None:
    """Replace every SkipLayerNormalization of `model`, in place, by additions and a LayerNormalization."""
    nodes = [
        plain
        for node in model.graph.node
        for plain in (_plain(node) if node.op_type == "SkipLayerNormalization" else [node])
    ]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _plain(node: NodeProto) -> list[NodeProto]:
    inputs, output = [*node.input, ""], node.output[0]
    x, skip, scale, shift, bias = inputs[:5]
    epsilon = next(a.f for a in node.attribute if a.name == "epsilon")
    nodes = []
    if bias:
        nodes.append(helper.make_node("Add", [x, bias], [f"{output}_biased"]))
        x = f"{output}_biased"
    summed = node.output[3] if len(node.output) > 3 else f"{output}_summed"
    nodes.append(helper.make_node("Add", [x, skip], [summed]))
    nodes.append(helper.make_node("LayerNormalization", [summed, scale, shift], [output], axis=-1, epsilon=epsilon))
    return nodes
