"""Another encoder on a live system, on a real broker: people keep their segments, ids keep their meaning, and what was
said is not said again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from stream.core.labels import LabelHead, LabelHeads
from stream.core.policy import DAY_MS
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import LABELS, MODEL
from stream.wire.label_heads import write_label_heads
from stream.wire.segment_models import load_segment_model
from stream.wire.state_records import ItemRecord, decode_item
from stream.wire.topics import SEGMENT_LINEAGE, SEGMENT_MODEL, USER_SEGMENTS, changelog
from tests.e2e import scenario
from tests.e2e.conftest import Deploy
from tests.e2e.deployment import GROUP, Deployment
from tests.e2e.waiting import eventually

pytest.importorskip("onnx")

GROUPS = {
    "milk": ("milk bread", "milk bread eggs", "bread milk milk"),
    "wine": ("wine", "wine wine example", "wine example"),
    "shoes": ("red shoes", "shoes red red", "shoes"),
}
SIZES = {"milk": 21, "wine": 15, "shoes": 12}
N_GONE = 4  # of the first group, never seen again
N_PEOPLE = sum(SIZES.values())
START_MS = 1_767_225_600_000
SETTINGS = {"clock": "event", "dwell_ms": "60000", "n_segments": "3", "semantic_weight": "1", "kinds": "view"}


def people() -> dict[str, str]:
    """Everyone's text, by name: they say nothing else."""
    return {f"{group}-{at}": GROUPS[group][at % 3] for group, n in SIZES.items() for at in range(n)}


def make_encoder(folder: Path, dimension: int) -> OnnxEncoder:
    """An encoder whose vectors are of its own kind, with a head that predicts the group."""
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
class Town:
    """People who come in rounds, an hour apart, and say their text `n` times."""

    deployment: Deployment
    n_sent: int = 0
    n_rounds: int = 0
    texts: dict[str, str] = field(default_factory=people)

    def round(self, names: Sequence[str], n: int = 1) -> bool:
        """Everyone in `names` is seen, and it is done for."""
        self.n_rounds += 1
        self.deployment.send(self._event(name, at) for at in range(n) for name in names)
        self.n_sent += n * len(names)
        self.deployment.await_committed(self.n_sent)
        return True

    def _event(self, name: str, at: int) -> scenario.Event:
        time_ms = START_MS + 3_600_000 * self.n_rounds + at
        value = {"user_id": name, "id": f"{self.n_rounds}-{at}", "text": self.texts[name], "timestamp": time_ms}
        return name.encode(), json.dumps(value | {"kind": "view"}).encode()


def models(deployment: Deployment) -> list[Any]:
    return [load_segment_model(m.value) for m in deployment.messages(SEGMENT_MODEL) if m.key.isdigit() and m.value]


def stored_items(deployment: Deployment) -> dict[str, list[ItemRecord]]:
    """Everyone's items as compaction leaves them."""
    last = {message.key: message.value for message in deployment.messages(changelog(GROUP).name)}
    found: dict[str, list[ItemRecord]] = {}
    for key, value in last.items():
        if key[:1] == b"i" and value is not None:
            found.setdefault(key[2:].decode(), []).append(decode_item(value))
    return found


@pytest.mark.parametrize("engine", ["transactional", pytest.param("faust", marks=pytest.mark.chaos)])
def test_segments_survive_another_encoder_and_nobody_is_announced_again(
    engine: str, deploy: Deploy, tmp_path: Path
) -> None:
    #  worker     encoder 1                   | encoder 2
    #  model      none    1                   | none             2: the same ids
    #  everyone   seen    enter their segment | 44 seen again    one moves, 43 stay, 4 were never seen
    if engine == "faust":
        pytest.importorskip("faust", reason="needs the extra `faust`")
    first, second = make_encoder(tmp_path / "first", 6), make_encoder(tmp_path / "second", 10)
    deployment = deploy(engine, encoder=str(tmp_path / "first"), warm_up_samples=str(N_PEOPLE), **SETTINGS)
    town = Town(deployment)
    names = list(town.texts)
    worker = deployment.start_worker("one")
    town.round(names, n=3)
    eventually(lambda: models(deployment), "the first segment model")
    eventually(lambda: town.round(names) and len(deployment.changes()) >= N_PEOPLE, "everyone has a segment")
    assert worker.stop() == 0
    before = deployment.memberships()
    segment_of = {group: before[f"{group}-0"].segment.id for group in GROUPS}
    assert sorted(segment_of.values()) == ["s-0001", "s-0002", "s-0003"], "the planted groups are the segments"
    assert all(m.segment.id == segment_of[name.split("-")[0]] for name, m in before.items())
    assert all(m.predicted["group"].value == name.split("-")[0] for name, m in before.items())

    deployment.settings |= {"encoder": str(tmp_path / "second"), "warm_up_samples": str(N_PEOPLE - N_GONE)}
    worker = deployment.start_worker("one")
    town.round(seen := names[N_GONE:])
    eventually(lambda: len(models(deployment)) == 2, "the new generation")
    generation = models(deployment)[1]
    assert (generation.version, generation.encoder) == (2, second.version)
    assert sorted(generation.ids) == ["s-0001", "s-0002", "s-0003"]
    lineage = [json.loads(message.value) for message in deployment.messages(SEGMENT_LINEAGE)]
    assert [event["event"] for event in lineage] == ["born"] * 3 + ["survived"] * 3
    mover = "wine-0"
    town.texts[mover] = GROUPS["shoes"][0]
    eventually(
        lambda: town.round([mover], n=27) and town.round(seen) and len(deployment.changes()) > N_PEOPLE, "one moves"
    )
    town.round(seen)
    assert worker.stop() == 0

    [moved] = [change for change in deployment.changes() if change.sequence > 1]
    assert (moved.user, moved.from_.id, moved.to.id) == (mover, segment_of["wine"], segment_of["shoes"])
    assert (moved.segment_model, moved.encoder, moved.rule) == (2, second.version, "margin_and_dwell")
    after = deployment.memberships()
    assert {name for name in names if after[name] != before[name]} == {mover}
    assert len([m for m in deployment.messages(USER_SEGMENTS) if m.key.decode() != mover]) == N_PEOPLE - 1
    for name, items in stored_items(deployment).items():
        assert {item.encoder for item in items} == {(second if name in seen else first).version}, name
    assert START_MS + 3_600_000 * town.n_rounds < START_MS + 7 * DAY_MS, "no item was left to fade"
