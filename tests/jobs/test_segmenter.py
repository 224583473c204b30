"""The segmenter's messages: what a step says, in order, on the topics where it belongs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from stream.core.outcome import Step
from stream.core.serving import Serving
from stream.formats.decoder import FormatDecoder
from stream.jobs.model_source import FixedModel
from stream.jobs.segmenter import Segmenter
from stream.runtime.job import Batch
from stream.training.values.commands import Forget
from stream.wire.commands import COMMAND_KEY, read_command
from stream.wire.fields import Fields
from stream.wire.placement import Placement
from stream.wire.records import ConsumerRecord, ProducerRecord
from stream.wire.topics import PROFILE_SAMPLE, USER_EVENTS, USER_PROFILES, USER_SEGMENTS
from tests.core.builders import ENCODER, MODEL, POLICY, START_MS
from tests.core.drawn import ROLLOUT


def processed(*contents: dict[str, object], models: FixedModel | None = None) -> tuple[Segmenter, Batch[Step]]:
    """These contents of ann in one batch."""
    segmenter = Segmenter(
        "g", ENCODER, POLICY, FormatDecoder(Fields(), None), models or FixedModel(MODEL), Placement(1)
    )
    segmenter.prepare()
    segmenter.restore(0, segmenter.state_reader())
    raws = [
        ConsumerRecord(USER_EVENTS, 0, at, START_MS, b"ann", json.dumps(c).encode(), [])
        for at, c in enumerate(contents)
    ]
    return segmenter, segmenter.process(0, raws, 0)


MILK: dict[str, object] = {"user_id": "ann", "text": "milk", "timestamp": START_MS, "id": "1"}


@pytest.mark.parametrize("seen", [True, False])
def test_an_erasure_sends_forget_to_the_trainer_after_the_tombstones(seen: bool) -> None:
    _, batch = processed(*[MILK][:seen], {"type": "erase", "userId": "ann"})
    *tombstones, revoke = batch.messages[-3:]
    assert tombstones == [ProducerRecord(topic, b"ann", None, []) for topic in (USER_SEGMENTS, USER_PROFILES)]
    assert (revoke.topic, revoke.key) == (PROFILE_SAMPLE, COMMAND_KEY)
    assert read_command(revoke.value or b"") == Forget("ann")
    commands = [message for message in batch.messages if message.key == COMMAND_KEY]
    assert commands == [revoke]


def test_a_batch_is_decided_by_the_model_served_at_prepare() -> None:
    models = FixedModel(MODEL)
    segmenter, before = processed(MILK, models=models)
    models.serving = Serving(replace(MODEL, version=7))
    assert segmenter.segment_model is MODEL
    segmenter.merge(before)
    segmenter.prepare()
    raw = ConsumerRecord(USER_EVENTS, 0, 1, START_MS, b"bob", json.dumps(MILK | {"user_id": "bob"}).encode(), [])
    after = segmenter.process(0, [raw], 0)
    versions = [json.loads(m.value or b"")["segment_model"] for b in (before, after) for m in b.messages[:1]]
    assert versions == [1, 7]


def test_without_a_model_there_is_no_segment_model() -> None:
    segmenter, batch = processed(MILK, models=FixedModel(None))
    assert (segmenter.segment_model, segmenter.serving) == (None, None)
    assert {message.topic for message in batch.messages} == {PROFILE_SAMPLE}


def test_during_a_rollout_the_segment_model_is_the_new_one() -> None:
    models = FixedModel(None)
    models.serving = ROLLOUT
    segmenter, batch = processed(MILK, models=models)
    assert segmenter.segment_model is ROLLOUT.model
    assert json.loads(batch.messages[0].value or b"")["segment_model"] == ROLLOUT.model_for("ann", START_MS).version


def test_pending_users_with_items_are_decided_and_others_are_not() -> None:
    models = FixedModel(None)
    pin: dict[str, object] = {"type": "identify", "userId": "ann", "traits": {"seen": 1}}
    segmenter, batch = processed(MILK, pin, models=models)
    segmenter.merge(batch)
    raw = ConsumerRecord(USER_EVENTS, 0, 2, START_MS, b"bob", json.dumps(pin | {"userId": "bob"}).encode(), [])
    segmenter.merge(segmenter.process(0, [raw], 0))
    models.serving = Serving(MODEL)
    segmenter.prepare()
    decided = segmenter.decide_pending(0)
    assert [(m.topic, m.key) for m in decided.messages] == [("segment-changes", b"ann"), (USER_SEGMENTS, b"ann")]
    assert decided.next_offset == 3  # as before: no record was read
    segmenter.merge(decided)
    assert segmenter.decide_pending(0).messages == []


def test_a_batch_on_top_of_a_staged_one_is_as_on_top_of_a_merged_one_and_void_after_a_discard() -> None:
    models = FixedModel(MODEL)
    segmenter, first = processed(MILK, models=models)
    again = [
        ConsumerRecord(USER_EVENTS, 0, at, START_MS, b"ann", json.dumps(MILK | {"id": str(at)}).encode(), [])
        for at in range(3)
    ]
    segmenter.stage(first)
    models.serving = Serving(replace(MODEL, version=7))
    segmenter.prepare()  # another model decides the next turn
    staged = segmenter.process(0, again[1:], 0)
    segmenter.merge(first)
    merged = segmenter.process(0, again[1:], 0)
    assert (staged.puts, staged.messages, staged.next_offset) == (merged.puts, merged.messages, merged.next_offset)

    segmenter.stage(merged)
    segmenter.discard(0)
    once_more = segmenter.process(0, again[1:], 0)
    assert once_more.puts == merged.puts
    segmenter.stage(once_more)
    segmenter.revoke(0)
    segmenter.restore(0, segmenter.state_reader())
    segmenter.discard(0)
    assert len(segmenter.partitions[0]) == 0
