"""State as changelog records, and back: what is written, what is tombstoned, what a restart finds."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stream.core.event import Erasure, Record
from stream.core.outcome import Step
from stream.core.policy import Policy
from stream.core.serving import Serving, ServingVersions
from stream.core.state import PartitionState
from stream.core.step import step
from stream.wire.state_rebuilder import StateRebuilder
from stream.wire.state_records import (
    PARTITION_KEY,
    SWITCH_PREFIX,
    StateFormatError,
    SwitchRecord,
    decode_item,
    decode_partition,
    decode_switch,
    decode_user,
    item_key,
    puts,
    user_key,
)
from tests.core.builders import (
    ENCODER,
    LABELS,
    MODEL,
    NEW_ENCODER,
    POLICY,
    START_MS,
    event_at,
    records_with,
    stored_vector,
    word_model,
)
from tests.core.drawn import DECLARING, batch_starts, policies, record_lists, rule_policies
from tests.core.planted import bits
from tests.core.recorder import StepRecorder, expected_timers, partition_position, run_steps, user_snapshots
from tests.fakes import HashEncoder

Log = dict[bytes, bytes]

restartable = record_lists() | record_lists(DECLARING)


def compacted(steps: Iterable[Step], before: Log | None = None, encoder: str = ENCODER.version) -> Log:
    """Return the puts of the steps that log compaction leaves."""
    log = dict(before or {})
    for done in steps:
        for key, value in puts(done, encoder, 1):
            log.pop(key, None)
            if value is not None:
                log[key] = value
    return log


def restored(
    log: Iterable[tuple[bytes, bytes | None]], policy: Policy, encoder: HashEncoder = ENCODER
) -> PartitionState:
    """The partition that a restart finds."""
    restoration = StateRebuilder(encoder, policy)
    for key, value in log:
        restoration.add(key, value)
    return restoration.finish()


@settings(max_examples=100)
@given(
    records=restartable,
    policy=policies | rule_policies,
    at=st.integers(0, 18),
    cuts=batch_starts,
    order=st.integers(0, 99),
)
def test_a_restart_at_any_point_changes_no_output(
    records: list[Record], policy: Policy, at: int, cuts: set[int], order: int
) -> None:
    recorder = run_steps(records[:at], policy, cuts)
    log = list(compacted(recorder.steps).items())
    random.Random(order).shuffle(log)
    again = StepRecorder(restored(log, policy))
    assert user_snapshots(again.partition) == user_snapshots(recorder.partition)
    assert partition_position(again.partition) == partition_position(recorder.partition)
    assert sorted(again.partition.timers) == expected_timers(recorder.partition, policy)
    recorder.outputs.clear()
    for side in (recorder, again):
        for record in records[at:]:
            side.step([record], policy)
        side.step([], policy, until_ms=500)
    assert bits(tuple(again.outputs)) == bits(tuple(recorder.outputs))
    assert user_snapshots(again.partition) == user_snapshots(recorder.partition)


@settings(max_examples=100)
@given(records=record_lists(), policy=policies, cuts=batch_starts)
def test_compaction_keeps_exactly_the_state_in_memory(records: list[Record], policy: Policy, cuts: set[int]) -> None:
    recorder = run_steps(records, policy, cuts)
    expected = {PARTITION_KEY}
    if recorder.steps[-1].serving.model:
        expected.add(SWITCH_PREFIX + bytes(16))
    for name, user in recorder.partition.users.items():
        expected.add(user_key(name))
        expected |= {item_key(slot, name) for slot in user.window.columns["slot"][: len(user.window)].tolist()}
    assert compacted(recorder.steps).keys() == expected


def test_a_key_is_kind_slot_and_user() -> None:
    assert user_key("李娜") == "u李娜".encode()
    assert item_key(0, "ann") == b"i\x00ann"
    assert item_key(254, "ann") == b"i\xfeann"


def test_an_item_record_has_the_event_and_its_vector() -> None:
    recorder = run_steps(records_with(event_at(3, "milk", kind="buy", amount=2.5)), POLICY)
    item = decode_item(compacted(recorder.steps)[item_key(0, "ann")])
    vector, scale = stored_vector("milk")
    assert (item.time_ms, item.id, item.kind, item.amount, item.text) == (START_MS + 3, "e3", "buy", 2.5, "milk")
    assert (item.vector, item.scale, item.encoder) == (vector.tobytes(), scale, "hash")


def test_a_step_writes_one_user_record_and_only_changed_items() -> None:
    recorder = run_steps(records_with(event_at(0, "milk"), event_at(1, "milk"), event_at(2, "milk")), POLICY, range(3))
    assert [put.key for put in puts(recorder.steps[0], "hash", 1)] == [
        b"uann",
        b"i\x00ann",
        SWITCH_PREFIX + bytes(16),
        b"p",
    ]
    assert [put.key for put in puts(recorder.steps[2], "hash", 1)] == [b"uann", b"i\x02ann", b"p"]
    recorder.step(records_with(event_at(2, "milk")), POLICY)  # a repeat
    assert [put.key for put in puts(recorder.steps[3], "hash", 1)] == [b"uann", b"p"]


def test_an_expired_item_is_a_tombstone_unless_its_slot_is_reused() -> None:
    recorder = run_steps(records_with(event_at(0, "milk"), event_at(1, "milk"), event_at(20, "milk")), POLICY, (2,))
    (first,) = [put for put in puts(recorder.steps[1], "hash", 1) if put.key[:1] == b"i"]
    assert first.key == item_key(0, "ann")
    assert first.value is not None
    recorder.step([], POLICY, until_ms=99)
    assert [(p.key, p.value) for p in puts(recorder.steps[2], "hash", 1) if p.key[:1] == b"i"] == [
        (item_key(0, "ann"), None),
        (item_key(1, "ann"), None),
    ]


def test_erasure_tombstones_every_key_before_the_user_returns() -> None:
    recorder = run_steps(records_with(event_at(0, "milk"), event_at(1, "bread")), POLICY)
    recorder.step(records_with(Erasure("ann"), event_at(2, "shoes")), POLICY)
    written = [(put.key, put.value is None) for put in puts(recorder.steps[1], "hash", 1)]
    assert written == [
        (b"uann", True),
        (b"i\x00ann", True),
        (b"i\x01ann", True),
        (b"uann", False),
        (b"i\x00ann", False),
        (b"p", False),
    ]


def test_a_switch_record_has_the_offset_before_the_new_model() -> None:
    recorder = StepRecorder()
    recorder.step([Record(7, 0, event_at(0, "milk"))], POLICY, None)
    recorder.step([Record(8, 0, event_at(1, "milk"))], POLICY, replace(MODEL, version=258))
    value = compacted(recorder.steps)[SWITCH_PREFIX + (START_MS + 1).to_bytes(8, "big") + (8).to_bytes(8, "big")]
    assert decode_switch(value) == SwitchRecord(START_MS + 1, 7, ServingVersions(258))
    partition = decode_partition(compacted(recorder.steps)[PARTITION_KEY])
    assert (partition.now_ms, partition.offset, partition.serving.model) == (START_MS + 2, 8, 258)


def test_a_switch_in_the_past_of_a_backfill_has_an_offset_before_the_log() -> None:
    recorder = StepRecorder()
    recorder.step([Record(-9, 0, event_at(0, "milk"))], POLICY, None)
    recorder.step([Record(-8, 0, event_at(1, "milk"))], POLICY, replace(MODEL, version=2))
    found = [decode_switch(put) for key, put in compacted(recorder.steps).items() if key[:1] == SWITCH_PREFIX]
    assert [switch.offset for switch in found if switch.serving.model == 2] == [-9]


@pytest.mark.parametrize("key", [b"uann", b"p"])
def test_a_record_of_a_newer_format_is_refused(key: bytes) -> None:
    value = msgspec.msgpack.decode(compacted(run_steps(records_with(event_at(0, "milk")), POLICY).steps)[key])
    newer = msgspec.msgpack.encode([2, *value[1:]])
    with pytest.raises(StateFormatError, match="format 2, this Segue knows 1: upgrade"):
        restored([(key, newer)], POLICY)


def test_the_last_value_of_a_key_wins_and_a_tombstone_deletes_it() -> None:
    recorder = run_steps(records_with(event_at(0, "milk"), event_at(1, "bread")), POLICY, (1,))
    log = [put for done in recorder.steps for put in puts(done, "hash", 1)]
    assert user_snapshots(restored(log, POLICY)) == user_snapshots(recorder.partition)
    gone = restored([*log, (b"uann", None), (b"i\x00ann", None), (b"i\x01ann", None), (b"ubob", None)], POLICY)
    assert gone.users == {}
    left = restored([*log, (b"i\x00ann", None), (b"i\x09bob", None)], POLICY)
    assert [item.id for item in left.users["ann"].window.items] == ["e1"]


def test_records_of_other_kinds_are_ignored() -> None:
    restoration = StateRebuilder(ENCODER, POLICY)
    for key, value in ((b"m\x00\x00\x00\x01", b"\x91\x07"), (b"p", None), (b"", b"")):
        restoration.add(key, value)
    assert restoration.n_records == 3
    assert restoration.finish() == PartitionState()


def test_a_smaller_window_keeps_the_newest_items() -> None:
    recorder = run_steps(records_with(event_at(0, "milk"), event_at(1, "bread"), event_at(2, "shoes")), POLICY)
    small = restored(compacted(recorder.steps).items(), replace(POLICY, window_items=2))
    assert [item.id for item in small.users["ann"].window.items] == ["e1", "e2"]


class NeverEncodes(HashEncoder):
    """A restore must not wait for an encoder."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Not called."""
        raise AssertionError(f"a restore encodes {texts}")


def test_a_restore_with_another_encoder_encodes_nothing_and_keeps_the_texts() -> None:
    recorder = run_steps(
        records_with(event_at(0, "milk"), event_at(1), event_at(2, "bread"), event_at(3, "", "bob")), POLICY
    )
    state = restored(compacted(recorder.steps).items(), POLICY, NeverEncodes(6, "new"))
    assert state.needs_reencoding == {"ann", "bob"}
    ann = state.users["ann"]
    assert [item.text for item in ann.window.items] == ["milk", "", "bread"]
    assert not ann.window.columns["vector"].any()
    assert (ann.sampled_ms, ann.membership.segment) == (0, "s-0001")
    assert restored(compacted(recorder.steps).items(), POLICY).needs_reencoding == set()


def test_a_candidate_is_dropped_under_another_encoder_and_kept_under_its_own() -> None:
    recorder = run_steps(
        records_with(event_at(0, "milk"), event_at(10, "bread")), POLICY, model=word_model(threshold=9.0)
    )
    log = compacted(recorder.steps)
    assert restored(log.items(), POLICY).users["ann"].membership.candidate == "s-0002"
    swapped = restored(log.items(), POLICY, NEW_ENCODER)
    assert swapped.users["ann"].membership.candidate is None
    assert [timer.dwell for timer in swapped.timers] == [False]


def test_a_second_restart_after_an_encoder_upgrade_keeps_the_new_vectors() -> None:
    #  encoder   hash        | new      | new
    #  ann       e0 e1       | e2       | e0 e1 e2, all of the new encoder
    #  bob       b0          |          | b0, not reencoded yet
    recorder = run_steps(records_with(event_at(0, "milk"), event_at(1, "bread"), event_at(1, "milk", "bob")), POLICY)
    log = compacted(recorder.steps)
    upgraded = restored(log.items(), POLICY, NEW_ENCODER)
    done = step(records_with(event_at(2, "shoes")), upgraded, None, NEW_ENCODER, POLICY)
    done.merge_into(upgraded)
    log = compacted([done], log, NEW_ENCODER.version)
    again = restored(log.items(), POLICY, NEW_ENCODER)
    assert user_snapshots(again) == user_snapshots(upgraded)
    assert again.needs_reencoding == upgraded.needs_reencoding == {"bob"}
    assert {decode_item(log[item_key(slot, "ann")]).encoder for slot in range(3)} == {"new"}
    assert decode_item(log[item_key(0, "bob")]).encoder == "hash"


@settings(max_examples=60)
@given(records=record_lists(), policy=policies, at=st.integers(0, 18), until=st.integers(0, 18))
def test_a_restart_during_an_encoder_upgrade_changes_no_output(
    records: list[Record], policy: Policy, at: int, until: int
) -> None:
    recorder = run_steps(records[:at], policy, labels=LABELS)
    log = compacted(recorder.steps)
    swapped = StepRecorder(restored(log.items(), policy, NEW_ENCODER), encoder=NEW_ENCODER)
    for record in records[at : at + until]:
        swapped.step([record], policy, None)
    log = compacted(swapped.steps, log, NEW_ENCODER.version)
    again = StepRecorder(restored(log.items(), policy, NEW_ENCODER), encoder=NEW_ENCODER)
    assert again.partition.needs_reencoding == swapped.partition.needs_reencoding
    assert user_snapshots(again.partition) == user_snapshots(swapped.partition)
    swapped.outputs.clear()
    for side in (swapped, again):
        for record in records[at + until :]:
            side.step([record], policy, None)
        side.step([], policy, None, until_ms=500)
    assert bits(tuple(again.outputs)) == bits(tuple(swapped.outputs))
    assert user_snapshots(again.partition) == user_snapshots(swapped.partition)


@settings(max_examples=60)
@given(records=record_lists(), policy=policies, at=st.integers(0, 18))
def test_published_labels_survive_a_restart(records: list[Record], policy: Policy, at: int) -> None:
    recorder = run_steps(records[:at], policy, labels=LABELS)
    again = StepRecorder(restored(compacted(recorder.steps).items(), policy), labels=LABELS)
    assert user_snapshots(again.partition) == user_snapshots(recorder.partition)
    recorder.outputs.clear()
    for side in (recorder, again):
        for record in records[at:]:
            side.step([record], policy)
    assert bits(tuple(again.outputs)) == bits(tuple(recorder.outputs))


def test_erasure_after_shrinking_the_window_deletes_every_item() -> None:
    #  slots     0: milk (oldest)   1: bread   2: shoes; then room for two
    recorder = run_steps(records_with(event_at(0, "milk"), event_at(1, "bread"), event_at(2, "shoes")), POLICY)
    log, small = compacted(recorder.steps), replace(POLICY, window_items=2)
    partition = restored(log.items(), small)
    done = step(records_with(Erasure("ann")), partition, Serving(MODEL), ENCODER, small)
    assert [key for key in compacted([done], log) if key.endswith(b"ann")] == []


def test_a_smaller_window_tombstones_the_oldest_items() -> None:
    recorder = run_steps(records_with(event_at(0, "milk"), event_at(1, "bread"), event_at(2, "shoes")), POLICY)
    log, small = compacted(recorder.steps), replace(POLICY, window_items=2)
    partition = restored(log.items(), small)
    done = step(records_with(event_at(2, "shoes")), partition, Serving(MODEL), ENCODER, small)  # a repeat
    written = {put.key: put.value for put in puts(done, "hash", 1)}
    assert written[item_key(0, "ann")] is None
    assert {item_key(1, "ann"), item_key(2, "ann")}.isdisjoint(written)


def test_a_user_record_has_declared_traits_only() -> None:
    recorder = run_steps(records_with(event_at(0, "milk")), POLICY)
    head = decode_user(compacted(recorder.steps)[b"uann"])
    assert (head.traits, head.segment, head.sequence, head.offset) == ({}, "s-0001", 1, 0)
    assert restored(compacted(recorder.steps).items(), POLICY).users["ann"].traits == {}
