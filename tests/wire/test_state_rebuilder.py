"""A restart finds the state of its changelog, to the last bit, whatever encoder, window and labels it has then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stream.core.event import Declaration, Erasure, Record
from stream.core.partition import PartitionState
from stream.core.policy import Policy
from stream.core.serving import NOTHING_SERVES
from stream.wire import state_rebuilder
from stream.wire.placement import MisplacedStateError, Placement, partition_of
from stream.wire.state_rebuilder import StateRebuilder
from stream.wire.state_records import StateFormatError
from stream.wire.user_records import decode_item, item_key, user_of_key
from tests.core.builders import ENCODER, LABELS, NEW_ENCODER, POLICY, event_at, records_with, word_model
from tests.core.drawn import DECLARING, batch_starts, policies, record_lists, rule_policies
from tests.core.planted import bits
from tests.fakes import HashEncoder
from tests.wire.state_runs import StateRun, compacted, restored, resumed, run_of, snapshots

THREE = records_with(event_at(0, "milk"), event_at(1, "bread"), event_at(2, "shoes"))
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def position(partition: PartitionState) -> tuple[Any, ...]:
    return partition.now_ms, partition.offset, partition.serving, partition.next_due_ms(), partition.pending()


def ids(partition: PartitionState, user: str = "ann") -> list[str]:
    state = partition.user(user)
    return [item.id for item in state.items] if state else []


@settings(max_examples=100)
@given(
    records=record_lists() | record_lists(DECLARING), policy=policies | rule_policies, at=st.integers(0, 18),
    cuts=batch_starts,
)  # fmt: skip
def test_a_restart_at_any_point_changes_no_output(
    records: list[Record], policy: Policy, at: int, cuts: set[int]
) -> None:
    run = run_of(records[:at], policy, cuts, labels=LABELS)
    again = resumed(run)
    assert again.snapshots() == run.snapshots()
    assert position(again.partition) == position(run.partition)
    run.outputs.clear()
    for side in (run, again):
        for record in records[at:]:
            side.step([record])
        side.step([], until_ms=500)
    assert bits(tuple(again.outputs)) == bits(tuple(run.outputs))
    assert again.snapshots() == run.snapshots()


@settings(max_examples=60)
@given(records=record_lists(DECLARING), policy=policies, at=st.integers(0, 18), cuts=batch_starts)
def test_a_log_that_is_not_compacted_yet_restores_the_same(
    records: list[Record], policy: Policy, at: int, cuts: set[int]
) -> None:
    run = run_of(records, policy, cuts)
    written = [put for step in run.written for put in step]
    half = [*compacted(written[:at]).items(), *written[at:]]
    for log in (written, half, list(run.log().items())):
        assert snapshots(restored(log, policy)) == run.snapshots()


def test_users_are_restored_alike_in_chunks_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(records_with(*(event_at(at, "milk", f"user-{at % 7}") for at in range(20))), POLICY)
    for n in (1, 2, 3, 7, 8):
        monkeypatch.setattr(state_rebuilder, "_CHUNK_USERS", n)
        assert snapshots(restored(run.log().items(), POLICY)) == run.snapshots()


def test_items_of_one_time_are_in_order_of_their_ids() -> None:
    run = StateRun(replace(POLICY, window_items=8))
    for name in ("e2", "e10", "é", "e1"):
        run.step(records_with(replace(event_at(0, "milk"), id=name)))
    assert ids(restored(run.log().items(), run.policy)) == ids(run.partition) == ["e1", "e10", "e2", "é"]


def test_the_last_value_of_a_key_counts_and_a_tombstone_deletes_it() -> None:
    run = run_of(THREE[:2], POLICY, (1,))
    log = [put for written in run.written for put in written]
    gone = restored([*log, (b"uann", None), (b"i\x00ann", None), (b"i\x01ann", None), (b"ubob", None)], POLICY)
    assert gone.names() == []
    left = restored([*log, (b"i\x00ann", None), (b"i\x09bob", None), (b"dbob", None)], POLICY)
    assert ids(left) == ["e1"]


def test_records_of_other_kinds_are_ignored() -> None:
    rebuilder = StateRebuilder(ENCODER, POLICY)
    for key, value in ((b"m\x00\x00\x00\x01", b"\x91\x07"), (b"l", b"topic"), (b"p", None), (b"", b"")):
        rebuilder.add(key, value)
    assert rebuilder.n_records == 4
    partition = rebuilder.finish()
    assert (len(partition), partition.offset, partition.serving) == (0, -1, NOTHING_SERVES)


def test_without_traces_a_restart_ends_those_of_the_state() -> None:
    run = StateRun(POLICY)
    run.step([replace(THREE[0], traceparent=TRACEPARENT)])
    for traced, expected in ((True, TRACEPARENT), (False, "")):
        rebuilder = StateRebuilder(ENCODER, POLICY, traced)
        for key, value in run.log().items():
            rebuilder.add(key, value)
        state = rebuilder.finish().user("ann")
        assert state is not None
        assert state.traceparent == expected


def test_a_smaller_window_keeps_the_newest_items_and_deletes_the_others_with_the_next_step() -> None:
    run, small = run_of(THREE, POLICY), replace(POLICY, window_items=2)
    again = StateRun(small)
    again.partition = restored(run.log().items(), small)
    assert ids(again.partition) == ["e1", "e2"]
    written = dict(again.step(records_with(event_at(2, "shoes"))))  # a repeat
    assert written[item_key(0, "ann")] is None
    assert {item_key(1, "ann"), item_key(2, "ann")}.isdisjoint(written)
    assert again.log(run.log()).keys() == run.log().keys() - {item_key(0, "ann")} | {b"uann"}


def test_erasure_after_shrinking_the_window_deletes_every_item() -> None:
    run, small = run_of(THREE, POLICY), replace(POLICY, window_items=2)
    again = StateRun(small)
    again.partition = restored(run.log().items(), small)
    again.step(records_with(Erasure("ann")))
    assert [key for key in again.log(run.log()) if user_of_key(key) == b"ann"] == []


class NeverEncodes(HashEncoder):
    """A restore must not wait for an encoder."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Not called."""
        raise AssertionError(f"a restore encodes {texts}")


def test_a_restore_with_another_encoder_encodes_nothing_and_keeps_the_texts() -> None:
    run = run_of(records_with(event_at(0, "milk"), event_at(1), event_at(2, "bread"), event_at(3, "", "bob")), POLICY)
    state = restored(run.log().items(), POLICY, NeverEncodes(6, "new"))
    assert state.stale == {"ann", "bob"}
    ann = state.user("ann")
    assert ann is not None
    assert [item.text for item in ann.items] == ["milk", "", "bread"]
    assert (ann.sampled_ms, ann.membership.segment) == (0, "s-0001")
    assert restored(run.log().items(), POLICY).stale == set()


def test_a_candidate_is_dropped_under_another_encoder_and_kept_under_its_own() -> None:
    run = run_of(records_with(event_at(0, "milk"), event_at(10, "bread")), POLICY, model=word_model(threshold=9.0))
    own, swapped = (restored(run.log().items(), POLICY, encoder).user("ann") for encoder in (ENCODER, NEW_ENCODER))
    assert own is not None
    assert swapped is not None
    assert (own.membership.candidate, swapped.membership.candidate) == ("s-0002", None)


def test_a_second_restart_after_an_encoder_upgrade_keeps_the_new_vectors() -> None:
    #  encoder   hash        | new      | new
    #  ann       e0 e1       | e2       | e0 e1 e2, all of the new encoder
    #  bob       b0          |          | b0, not encoded again yet
    run = run_of(records_with(event_at(0, "milk"), event_at(1, "bread"), event_at(1, "milk", "bob")), POLICY)
    upgraded = resumed(run, encoder=NEW_ENCODER)
    upgraded.step(records_with(event_at(2, "shoes")), None)
    log = upgraded.log(run.log())
    again = restored(log.items(), POLICY, NEW_ENCODER)
    assert snapshots(again) == upgraded.snapshots()
    assert again.stale == upgraded.partition.stale == {"bob"}
    assert {decode_item(log[item_key(slot, "ann")]).encoder for slot in range(3)} == {"new"}
    assert decode_item(log[item_key(0, "bob")]).encoder == "hash"


@settings(max_examples=60)
@given(records=record_lists(), policy=policies, at=st.integers(0, 18), until=st.integers(0, 18))
def test_a_restart_during_an_encoder_upgrade_changes_no_output(
    records: list[Record], policy: Policy, at: int, until: int
) -> None:
    run = run_of(records[:at], policy, labels=LABELS)
    swapped = resumed(run, encoder=NEW_ENCODER)
    for record in records[at : at + until]:
        swapped.step([record], None)
    again = resumed(swapped, run.log())
    assert again.partition.stale == swapped.partition.stale
    assert again.snapshots() == swapped.snapshots()
    swapped.outputs.clear()
    for side in (swapped, again):
        for record in records[at + until :]:
            side.step([record], None)
        side.step([], None, until_ms=500)
    assert bits(tuple(again.outputs)) == bits(tuple(swapped.outputs))
    assert again.snapshots() == swapped.snapshots()


def test_states_of_users_of_another_partition_are_refused() -> None:
    rebuilder = StateRebuilder(ENCODER, POLICY)
    for key, value in run_of(THREE, POLICY).log().items():
        rebuilder.add(key, value)
    rebuilder.check_placement(0, Placement(1))
    with pytest.raises(MisplacedStateError, match="1 users of other partitions"):
        rebuilder.check_placement(1 - partition_of(b"ann", 2), Placement(2))


DECLARED = Declaration("ann", {"a": 1})
RUN = run_of(records_with(event_at(0, "milk"), event_at(0, "milk"), DECLARED), POLICY, (1, 2))
LOG = list(RUN.log().items())
DAMAGED = [
    b"",
    b"\xff",
    b"\x91",
    b"\x99\x9b",
    b"\xc0",
    b"{}",
    b"\x90",
    b"\x99" + b"\xc0" * 9,
    b"\x9b" + b"\xa1\xff" * 11,
]


def replaced(key: bytes, value: bytes) -> list[tuple[bytes, bytes | None]]:
    """The log with another value of a key, as its last record."""
    return [*((each, old) for each, old in LOG if each != key), (key, value)]


@pytest.mark.parametrize("key", [b"uann", b"p", b"i\x00ann"])
def test_a_record_of_a_newer_format_is_refused(key: bytes) -> None:
    fields = msgspec.msgpack.decode(dict(LOG)[key])
    head = fields[0] if key[:1] == b"i" else fields
    head[0] = 2
    for newer in (fields, [*fields, "more"]):
        with pytest.raises(StateFormatError, match="format 2, this Segue knows 1: upgrade"):
            restored(replaced(key, msgspec.msgpack.encode(newer)), POLICY)


@pytest.mark.parametrize("key", [key for key, _ in LOG if key[:1] != b"m"])
@pytest.mark.parametrize("value", DAMAGED)
def test_a_damaged_record_is_an_error_that_names_its_key(key: bytes, value: bytes) -> None:
    with pytest.raises(StateFormatError) as raised:
        restored(replaced(key, value), POLICY)
    assert repr(key) in str(raised.value)


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ([(b"i\x00bob", dict(LOG)[b"i\x00ann"][:1] + b"\xc0" + b"\x00")], "its user has no head"),
        ([(b"dbob", dict(LOG)[b"dann"])], "its user has no head"),
        ([(b"i", dict(LOG)[b"i\x00ann"])], "names no user"),
        ([(b"u", dict(LOG)[b"uann"])], "names no user"),
        ([(b"u\xff", dict(LOG)[b"uann"])], "not UTF-8"),
        ([(b"i\xffann", dict(LOG)[b"i\x00ann"])], "user 'ann': slots"),
    ],
)
def test_a_record_that_fits_no_state_is_an_error(log: list[tuple[bytes, bytes | None]], words: str) -> None:
    with pytest.raises(StateFormatError, match=words):
        restored([*LOG, *log], POLICY)


@pytest.mark.parametrize(
    ("at", "value"), [(1, 1 << 61), (1, 1 << 63), (7, b"\x00"), (6, "much"), (2, "x" * 70_000)], ids=str
)
def test_a_number_that_no_state_has_is_an_error(at: int, value: Any) -> None:
    fields = msgspec.msgpack.decode(dict(LOG)[b"i\x00ann"])
    fields[at] = value
    with pytest.raises(StateFormatError):
        restored(replaced(b"i\x00ann", msgspec.msgpack.encode(fields)), POLICY)


@given(st.sampled_from([key for key, _ in LOG if key[:1] != b"m"]), st.integers(0, 999), st.integers(0, 255))
def test_any_changed_byte_is_another_state_or_an_error(key: bytes, at: int, byte: int) -> None:
    value = bytearray(dict(LOG)[key])
    value[at % len(value)] = byte
    try:
        partition = restored(replaced(key, bytes(value)), POLICY)
    except StateFormatError:
        return
    assert partition.names() == ["ann"]
    assert partition.user("ann") is not None
