"""Torch module to a fused fp32 ONNX graph: ids and mask (n, tokens) int64 → vectors (n, d) float32.

Attention, GELU with bias and the arithmetic of embeddings become single operators. Layer normalisation with a skip
connection stays plain: ONNX Runtime's `SkipLayerNormalization` took 18 % of a run, the plain operators 5 %. The fusion
does not recognise attention with relative positions (XLNet, MPNet), so theirs stays plain too.
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import onnx
import torch
from onnx import ModelProto, NodeProto, helper

from export.graph.einsum import replace_einsum
from export.source.torch_reference import SentenceModule

OPSET = 17
INPUTS = ["input_ids", "attention_mask"]


def to_onnx(module: SentenceModule) -> ModelProto:
    """Convert `module` to a traced and fused graph."""
    config = module.transformer.config
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        _trace(module, plain)
        fused = _fuse(plain, config.num_attention_heads, config.hidden_size)
    split_skip_layer_norm(fused)
    replace_einsum(fused)
    fused.opset_import.append(helper.make_opsetid("com.microsoft", 1))  # the fused operators
    onnx.checker.check_model(fused)
    return fused


def _trace(module: SentenceModule, file: Path) -> None:
    example = (torch.tensor([[2, 1, 3], [2, 1, 0]]), torch.tensor([[1, 1, 1], [1, 1, 0]]))
    free = {0: "n", 1: "tokens"}
    with warnings.catch_warnings():
        # The fusion recognises graphs of torch's first exporter only. Its warnings: that it is deprecated, and that
        # shapes read while tracing are constants (none here depends on the example).
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
    options.enable_embed_layer_norm = False  # keeps the embedding table apart, to be quantised
    options.use_multi_head_attention = True  # keeps the projections of Q, K and V apart, to be quantised
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


def split_skip_layer_norm(model: ModelProto) -> None:
    """Replace, in place, every SkipLayerNormalization of `model` by additions and a LayerNormalization."""
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
