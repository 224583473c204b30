"""State as changelog records: what is written, what is tombstoned, what compaction keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings

from stream.core.event import Declaration, Erasure, Record
from stream.core.policy import Policy
from stream.core.serving import ServingVersions
from stream.core.state import UserState
from stream.wire.state_records import (
    PARTITION_KEY,
    SWITCH_PREFIX,
    Put,
    SwitchRecord,
    decode_partition,
    decode_switch,
)
from stream.wire.user_records import (
    decode_declared,
    decode_head,
    decode_item,
    has_head,
    item_key,
    newest_head,
    user_of_key,
)
from tests.core.builders import LABELS, MODEL, POLICY, START_MS, event_at, records_with, stored_vector
from tests.core.drawn import DECLARING, batch_starts, policies, record_lists, rule_policies
from tests.wire.state_runs import StateRun, run_of
from tests.wire.user_puts import declared_key, head_key, user_puts

FIRST_SWITCH = SWITCH_PREFIX + bytes(16)
DECLARED = Declaration("ann", {"vip": True, "name": "Zoë", "age": 7, "score": 0.5, "left": None})


def keys(written: Sequence[Put]) -> list[bytes]:
    return [put.key for put in written]


def test_a_key_is_kind_slot_and_user() -> None:
    assert head_key("李娜") == "u李娜".encode()
    assert item_key(0, "ann") == b"i\x00ann"
    assert item_key(254, "ann") == b"i\xfeann"
    assert declared_key("ann") == b"dann"
    assert {user_of_key(key) for key in (b"uann", b"i\x05ann", b"dann")} == {b"ann"}
    assert {user_of_key(key) for key in (b"p", FIRST_SWITCH, b"b", b"l", b"")} == {None}


def test_an_event_writes_one_record_with_item_and_head() -> None:
    run = StateRun(POLICY)
    assert keys(run.step(records_with(event_at(0, "milk")))) == [b"i\x00ann", FIRST_SWITCH, b"p"]
    assert keys(run.step(records_with(event_at(1, "milk")))) == [b"i\x01ann", b"p"]
    assert keys(run.step(records_with(event_at(1, "milk")))) == [b"uann", b"p"]  # a repeat: its offset counts


def test_an_item_record_has_the_event_its_vector_and_the_head() -> None:
    run = run_of(records_with(event_at(3, "milk", kind="buy", amount=2.5)), POLICY)
    item = decode_item(run.log()[item_key(0, "ann")])
    vector, scale = stored_vector("milk")
    assert (item.time_ms, item.id, item.kind, item.amount, item.text) == (START_MS + 3, "e3", "buy", 2.5, "milk")
    assert (item.vector, item.scale, item.encoder) == (vector.tobytes(), scale, "hash")
    assert item.head is not None
    assert (item.head.segment, item.head.sequence, item.head.n_events, item.head.offset) == ("s-0001", 1, 1, 0)


def test_of_several_items_of_a_step_the_last_one_has_the_head() -> None:
    run = run_of(records_with(event_at(0, "milk"), event_at(1, "bread"), event_at(2, "shoes")), POLICY)
    values = [(key, value) for key, value in run.log().items() if key[:1] == b"i"]
    assert [has_head(key, value) for key, value in values] == [False, False, True]


def test_an_expired_item_is_a_tombstone_unless_its_slot_is_reused() -> None:
    run = run_of(records_with(event_at(0, "milk"), event_at(1, "milk"), event_at(20, "milk")), POLICY, (2,))
    (first,) = [put for put in run.written[1] if put.key[:1] == b"i"]
    assert first.key == item_key(0, "ann")
    assert first.value is not None
    expired = run.step([], until_ms=99)
    assert [(put.key, put.value is None) for put in expired] == [
        (item_key(1, "ann"), True),
        (item_key(0, "ann"), True),
        (b"uann", False),
        (b"p", False),
    ]


def test_declared_traits_are_a_record_of_their_own_written_when_they_change() -> None:
    run = StateRun(POLICY)
    assert keys(run.step(records_with(DECLARED))) == [b"uann", b"dann", FIRST_SWITCH, b"p"]
    assert decode_declared(run.log()[b"dann"]).traits == DECLARED.traits
    assert keys(run.step(records_with(event_at(0, "milk")))) == [b"i\x00ann", b"p"]
    assert b"dann" not in keys(run.step(records_with(DECLARED)))


def test_published_labels_are_with_the_declared_traits() -> None:
    run = run_of(records_with(event_at(0, "milk")), POLICY, labels=LABELS)
    state = run.partition.user("ann")
    assert state is not None
    assert decode_declared(run.log()[b"dann"]).labels == state.labels != {}


def test_erasure_tombstones_every_key_before_the_user_returns() -> None:
    run = run_of(records_with(event_at(0, "milk"), DECLARED, event_at(1, "bread")), POLICY)
    written = [(put.key, put.value is None) for put in run.step(records_with(Erasure("ann"), event_at(2, "shoes")))]
    assert sorted(written[:4]) == [(b"dann", True), (b"i\x00ann", True), (b"i\x01ann", True), (b"uann", True)]
    assert written[4:] == [(b"i\x00ann", False), (b"p", False)]


def test_an_erased_user_is_in_no_record() -> None:
    run = run_of(records_with(event_at(0, "milk"), event_at(1, "bread", "bob"), DECLARED), POLICY, (1, 2))
    run.step(records_with(Erasure("ann")))
    assert [key for key in run.log() if user_of_key(key) == b"ann"] == []


def test_a_switch_record_has_the_offset_before_the_new_model() -> None:
    run = StateRun(POLICY)
    run.step([Record(7, 0, event_at(0, "milk"))], None)
    run.step([Record(8, 0, event_at(1, "milk"))], replace(MODEL, version=258))
    value = run.log()[SWITCH_PREFIX + (START_MS + 1).to_bytes(8, "big") + (8).to_bytes(8, "big")]
    assert decode_switch(value) == SwitchRecord(START_MS + 1, 7, ServingVersions(258))
    partition = decode_partition(run.log()[PARTITION_KEY])
    assert (partition.now_ms, partition.offset, partition.serving.model) == (START_MS + 2, 8, 258)


def test_a_switch_in_the_past_of_a_backfill_has_an_offset_before_the_log() -> None:
    run = StateRun(POLICY)
    run.step([Record(-9, 0, event_at(0, "milk"))], None)
    run.step([Record(-8, 0, event_at(1, "milk"))], replace(MODEL, version=2))
    found = [decode_switch(put) for key, put in run.log().items() if key[:1] == SWITCH_PREFIX]
    assert [switch.offset for switch in found if switch.serving.model == 2] == [-9]


@settings(max_examples=60)
@given(records=record_lists(), policy=policies, cuts=batch_starts)
def test_compaction_keeps_the_items_in_memory_and_perhaps_an_older_head(
    records: list[Record], policy: Policy, cuts: set[int]
) -> None:
    run = run_of(records, policy, cuts)
    log = run.log()
    items = {item_key(item.slot, name) for name, user in run.partition.users() for item in user.items}
    heads = {head_key(name) for name, _ in run.partition.users()}
    assert {key for key in log if key[:1] == b"i"} == items
    assert {key for key in log if key[:1] == b"u"} <= heads
    assert PARTITION_KEY in log


@settings(max_examples=60)
@given(records=record_lists(DECLARING), policy=policies | rule_policies, cuts=batch_starts)
def test_the_kernel_writes_the_bytes_of_the_format(records: list[Record], policy: Policy, cuts: set[int]) -> None:
    run, before, begin = StateRun(policy, labels=LABELS), dict[str, UserState](), 0
    for end in [*sorted(cut for cut in cuts if 0 < cut < len(records)), len(records)]:
        written = run.step(records[begin:end])
        after = dict(run.partition.users())
        erased = {record.content.user for record in records[begin:end] if isinstance(record.content, Erasure)}
        for name in after.keys() - erased:
            of_user = [put for put in written if user_of_key(put.key) == name.encode()]
            if of_user:
                assert of_user == list(user_puts(name, before.get(name), after[name]))
        before, begin = after, end


def test_the_newest_head_is_the_last_one_in_the_log() -> None:
    run = run_of(records_with(event_at(0, "milk"), event_at(1, "milk"), event_at(1, "milk")), POLICY, (1, 2))
    log = {key: value for key, value in run.log().items() if user_of_key(key)}
    assert list(log) == [b"i\x00ann", b"i\x01ann", b"uann"]
    assert newest_head(log) == decode_head(log[b"uann"])
    assert newest_head({key: log[key] for key in (b"uann", b"i\x00ann")}) == decode_item(log[b"i\x00ann"]).head
    assert newest_head({}) is None


def test_a_head_says_its_format_first() -> None:
    run = run_of(records_with(event_at(0, "milk"), event_at(0, "milk")), POLICY, (1,))
    assert msgspec.msgpack.decode(run.log()[b"uann"])[0] == 1


@pytest.mark.parametrize("n_users", [0, 3])
def test_a_step_without_changes_writes_the_partition_alone(n_users: int) -> None:
    run = run_of(records_with(*(event_at(0, "milk", f"user-{at}") for at in range(n_users))), POLICY)
    assert keys(run.step([])) == [b"p"]
