"""An encoder folder with vectors by a formula: the mean of the words' rows of TABLE. Needs the package `onnx`.

Every part can be made wrong on its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

from stream.onnx.folder import MANIFEST, MODEL, TOKENIZER, EncoderManifest, sha256_of

WORDS = ["[UNK]", "milk", "bread", "eggs", "wine", "shoes", "red", "example", "com"]
DIMENSION = 6
TABLE = np.random.default_rng(1).uniform(-1, 1, (len(WORDS), DIMENSION)).astype(np.float32) / np.float32(4)
FLOAT, FLOAT16, INT32, INT64 = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.INT32, TensorProto.INT64


@dataclass(frozen=True)
class Graph:
    """A graph's inputs and outputs; the defaults are right."""

    inputs: tuple[str, ...] = ("input_ids", "attention_mask")
    id_type: int = INT64
    n_rows: int = len(WORDS)  # of the embedding table
    n_positions: int = 512  # that a text may have
    pooled: bool = True  # else (n, tokens, d)
    squeezed: bool = False  # one text gives (d,)
    unit: bool = True  # else the mean as it is, shorter than 1
    out_type: int = FLOAT
    out_shape: tuple[int | str, ...] | None = ("n", DIMENSION)  # what it declares; None: nothing
    second_output: bool = False

    def model(self) -> bytes:
        """The file."""
        tensors = {"table": TABLE[: self.n_rows], "positions": np.zeros((self.n_positions, 1), np.float32)}
        tensors |= {"zero": np.array(0), "one": np.array(1), "axes": np.array([2])}
        graph = helper.make_graph(
            self._nodes(),
            "tiny",
            [helper.make_tensor_value_info(name, self.id_type, ["n", "tokens"]) for name in self.inputs],
            [helper.make_tensor_value_info("vectors", self.out_type, self.out_shape)]
            + [helper.make_tensor_value_info("hidden", FLOAT, None)] * self.second_output,
            [numpy_helper.from_array(value, name) for name, value in tensors.items()],
        )
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        return bytes(made.SerializeToString())

    def _nodes(self) -> list[NodeProto]:
        node, ids, last = helper.make_node, self.inputs[0], self.inputs[-1]
        nodes = [
            node("Gather", ["table", ids], ["words"]),
            node("Shape", [ids], ["shape"]),
            node("Gather", ["shape", "one"], ["n_tokens"]),
            node("Range", ["zero", "n_tokens", "one"], ["at"]),
            node("Gather", ["positions", "at"], ["place"]),
            node("Add", ["words", "place"], ["hidden"]),
            node("Cast", [last], ["weights"], to=FLOAT),
            node("Unsqueeze", ["weights", "axes"], ["weight"]),
            node("Mul", ["hidden", "weight"], ["kept"]),
            node("ReduceMean" if self.pooled else "Identity", ["kept"], ["mean"], **_over(self.pooled)),
            node("ReduceL2", ["mean"], ["norm"], axes=[-1]),
            node("Div" if self.unit else "Identity", ["mean", "norm"] if self.unit else ["mean"], ["row"]),
        ]
        nodes.append(node("Squeeze" if self.squeezed else "Identity", ["row"], ["given"]))
        return [*nodes, node("Cast", ["given"], ["vectors"], to=self.out_type)]


def _over(pooled: bool) -> dict[str, Any]:
    return {"axes": [1], "keepdims": 0} if pooled else {}


def vectors_of(texts: Sequence[str], unit: bool = True) -> NDArray[np.float64]:
    """The vectors (n, DIMENSION) of texts of two or more known words, by the formula."""
    means = np.array([TABLE[[WORDS.index(word) for word in text.split()]].mean(axis=0, dtype=float) for text in texts])
    return means / np.linalg.norm(means, axis=1, keepdims=True) if unit else means


def tokenizer() -> Tokenizer:
    """Words to their places in WORDS; no special tokens."""
    made = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return made


MANIFEST_OF_TINY = EncoderManifest(
    name="tiny",
    base="none",
    source="made in a test",
    licence="Apache-2.0",
    data="none",
    created_by="tests/golden/tiny_encoder.py",
    dimension=DIMENSION,
    max_tokens=16,
    pooling="mean",
    projection="none",
    quantization="none",
    sha256={},
    libraries={"onnx": onnx.__version__},
    metrics={},
)


def write_encoder(
    folder: Path,
    files: dict[str, bytes] | None = None,
    manifest: EncoderManifest = MANIFEST_OF_TINY,
    graph: Graph = Graph(),
) -> Path:
    """`folder`, made; `files` replace or join the right ones, and their digests are right."""
    folder.mkdir(parents=True)
    right = {MODEL: graph.model(), TOKENIZER: tokenizer().to_str().encode()}
    for name, content in {**right, **(files or {})}.items():
        (folder / name).write_bytes(content)
    sign(folder, manifest)
    return folder


def sign(folder: Path, manifest: EncoderManifest = MANIFEST_OF_TINY) -> None:
    """Write `manifest` with the digests of the files that are there."""
    digests = {file.name: sha256_of(file) for file in sorted(folder.iterdir()) if file.name != MANIFEST}
    (folder / MANIFEST).write_bytes(msgspec.json.encode(msgspec.structs.replace(manifest, sha256=digests)))
