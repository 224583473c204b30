"""Users of three groups with a tiny encoder, for tests in which the encoder matters."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np

from stream.core.labels import LabelHead, LabelHeads
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import LABELS, MODEL
from stream.wire.label_heads import write_label_heads
from tests.e2e import scenario
from tests.e2e.deployment import Deployment

GROUPS = {
    "milk": ("milk bread", "milk bread eggs", "bread milk milk"),
    "wine": ("wine", "wine wine example", "wine example"),
    "shoes": ("red shoes", "shoes red red", "shoes"),
}
SIZES = {"milk": 21, "wine": 15, "shoes": 12}
N_USERS = sum(SIZES.values())
START_MS = 1_767_225_600_000
SETTINGS = {"clock": "event", "dwell_ms": "60000", "n_segments": "3", "semantic_weight": "1", "kinds": "view"}


def texts() -> dict[str, str]:
    """Return the only text of each user, by user id."""
    return {f"{group}-{at}": GROUPS[group][at % 3] for group, n in SIZES.items() for at in range(n)}


def make_encoder(folder: Path, dimension: int) -> OnnxEncoder:
    """Write an encoder with random vectors of this dimension, and a label head that predicts the group."""
    import onnx
    from onnx import numpy_helper

    from tests.golden.tiny_encoder import MANIFEST_OF_TINY, WORDS, Graph, sign, write_encoder

    made = onnx.load_from_string(Graph(out_shape=None).model())
    words = np.random.default_rng(dimension).normal(size=(len(WORDS), dimension)).astype(np.float32)
    [table] = [tensor for tensor in made.graph.initializer if tensor.name == "table"]
    table.CopyFrom(numpy_helper.from_array(words, "table"))
    manifest = msgspec.structs.replace(MANIFEST_OF_TINY, dimension=dimension)
    encoder = OnnxEncoder(write_encoder(folder, {MODEL: made.SerializeToString()}, manifest))
    middles = np.stack([encoder.encode(texts).mean(axis=0) for texts in GROUPS.values()], axis=1)
    head = LabelHead("group", tuple(GROUPS), middles * np.float32(20), np.zeros(3, np.float32), 0.5)
    (folder / LABELS).write_bytes(write_label_heads(LabelHeads("", (head,)), dimension))
    sign(folder, manifest)
    return encoder


@dataclass
class Rounds:
    """Users who are active in rounds, an hour apart, each with one text `n` times."""

    deployment: Deployment
    n_sent: int = 0
    n_rounds: int = 0
    texts: dict[str, str] = field(default_factory=texts)

    def round(self, names: Sequence[str], n: int = 1) -> bool:
        """Send events of these users and wait until they are processed. Return True."""
        self.n_rounds += 1
        self.deployment.send(self._event(name, at) for at in range(n) for name in names)
        self.n_sent += n * len(names)
        self.deployment.await_committed(self.n_sent)
        return True

    def _event(self, name: str, at: int) -> scenario.Event:
        time_ms = START_MS + 3_600_000 * self.n_rounds + at
        value = {"user_id": name, "id": f"{self.n_rounds}-{at}", "text": self.texts[name], "timestamp": time_ms}
        return name.encode(), json.dumps(value | {"kind": "view"}).encode()
