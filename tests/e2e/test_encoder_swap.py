"""Another encoder on a live system: users keep their segments, ids keep their meaning, and no change is repeated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stream.core.policy import DAY_MS
from stream.wire.segment_models import load_segment_model
from stream.wire.topics import SEGMENT_LINEAGE, SEGMENT_MODEL, USER_SEGMENTS, changelog
from stream.wire.user_records import ItemRecord, decode_item
from tests.e2e.conftest import Deploy
from tests.e2e.deployment import GROUP, Deployment
from tests.e2e.rounds import GROUPS, N_USERS, SETTINGS, START_MS, Rounds, make_encoder
from tests.e2e.waiting import eventually

pytest.importorskip("onnx")

N_GONE = 4  # of the first group, never active again


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
def test_segments_survive_another_encoder_and_unmoved_users_get_no_change(
    engine: str, deploy: Deploy, tmp_path: Path
) -> None:
    #  worker     encoder 1                   | encoder 2
    #  model      none    1                   | none             2: the same ids
    #  users      seen    enter their segment | 44 seen again    one moves, 43 stay, 4 not seen
    if engine == "faust":
        pytest.importorskip("faust", reason="needs the extra `faust`")
    first, second = make_encoder(tmp_path / "first", 6), make_encoder(tmp_path / "second", 10)
    deployment = deploy(engine, encoder=str(tmp_path / "first"), warm_up_samples=str(N_USERS), **SETTINGS)
    rounds = Rounds(deployment)
    names = list(rounds.texts)
    worker = deployment.start_worker("one")
    rounds.round(names, n=3)
    eventually(lambda: models(deployment), "the first segment model")
    eventually(lambda: rounds.round(names) and len(deployment.changes()) >= N_USERS, "every user has a segment")
    assert worker.stop() == 0
    before = deployment.memberships()
    segment_of = {group: before[f"{group}-0"].segment.id for group in GROUPS}
    assert sorted(segment_of.values()) == ["s-0001", "s-0002", "s-0003"], "the planted groups are the segments"
    assert all(m.segment.id == segment_of[name.split("-")[0]] for name, m in before.items())
    assert all(m.predicted["group"].value == name.split("-")[0] for name, m in before.items())

    deployment.settings |= {"encoder": str(tmp_path / "second"), "warm_up_samples": str(N_USERS - N_GONE)}
    worker = deployment.start_worker("one")
    rounds.round(seen := names[N_GONE:])
    eventually(lambda: len(models(deployment)) == 2, "the new generation")
    generation = models(deployment)[1]
    assert (generation.version, generation.encoder) == (2, second.version)
    assert sorted(generation.ids) == ["s-0001", "s-0002", "s-0003"]
    lineage = [json.loads(message.value) for message in deployment.messages(SEGMENT_LINEAGE)]
    assert [event["event"] for event in lineage] == ["born"] * 3 + ["survived"] * 3
    mover = "wine-0"
    rounds.texts[mover] = GROUPS["shoes"][0]
    eventually(
        lambda: rounds.round([mover], n=27) and rounds.round(seen) and len(deployment.changes()) > N_USERS, "one moves"
    )
    rounds.round(seen)
    assert worker.stop() == 0

    [moved] = [change for change in deployment.changes() if change.sequence > 1]
    assert (moved.user, moved.from_.id, moved.to.id) == (mover, segment_of["wine"], segment_of["shoes"])
    assert (moved.segment_model, moved.encoder, moved.rule) == (2, second.version, "margin_and_dwell")
    after = deployment.memberships()
    assert {name for name in names if after[name] != before[name]} == {mover}
    assert len([m for m in deployment.messages(USER_SEGMENTS) if m.key.decode() != mover]) == N_USERS - 1
    for name, items in stored_items(deployment).items():
        assert {item.encoder for item in items} == {(second if name in seen else first).version}, name
    assert START_MS + 3_600_000 * rounds.n_rounds < START_MS + 7 * DAY_MS, "no item was left to fade"
