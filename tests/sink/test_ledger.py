"""A ledger: who is told what, whatever comes in between. Partitions, erasures and kills are drawn in their order."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from stream.sink.errors import SinkError
from stream.sink.ledger import Ledger
from stream.sink.ledger_view import viewing
from stream.store.errors import StoreBusyError
from stream.wire.topics import USER_SEGMENTS
from tests.sink.builders import GATE, NO, YES, Members, acknowledged, begun, due, opened


def test_members_enter_and_leave_by_segment_and_consent(tmp_path: Path) -> None:
    log = Members()
    with closing(opened(tmp_path)) as ledger:
        ledger.apply(
            [log.put("ann"), log.put("bob", traits=NO), log.put("cid", "s-0009"), log.put("dan", traits={})], {}
        )
        assert due(ledger) == ["+ann s-0001"]
        acknowledged(ledger)
        assert due(ledger) == []
        ledger.apply([log.put("ann", "s-0002", sequence=2), log.put("bob", traits=YES)], {})
        assert due(ledger) == ["-ann s-0001 segment", "+ann s-0002", "+bob s-0001"]
        acknowledged(ledger)
        ledger.apply([log.put("ann", "s-0002", NO), log.put("bob", "s-0009")], {})
        assert due(ledger) == ["-ann s-0002 consent", "-bob s-0001 segment"]


def test_a_user_who_leaves_before_anything_was_sent_is_forgotten(tmp_path: Path) -> None:
    log = Members()
    with closing(opened(tmp_path)) as ledger:
        ledger.apply([log.put("ann"), log.put("bob"), log.put("cid")], {})
        ledger.apply([log.put("ann", traits=NO), log.erase("bob"), log.put("cid", "s-0009")], {})
        assert due(ledger) == []
        with viewing(ledger.path) as view:
            assert list(view.entries()) == []


def test_a_message_in_doubt_has_the_same_id_after_a_kill_and_its_user_is_told_to_leave(tmp_path: Path) -> None:
    #  begin ann, bob ─▶ (killed) ─▶ bob withdraws ─▶ ann: the same id, bob: an exit although nothing was acknowledged
    log = Members()
    first = opened(tmp_path)
    first.apply([log.put("ann"), log.put("bob")], {})
    ann, bob = begun(first)
    first.close()
    with closing(opened(tmp_path)) as ledger:
        assert begun(ledger) == [ann, bob]
        ledger.apply([log.put("bob", traits=NO)], {})
        assert due(ledger) == ["-bob s-0001 consent", "+ann s-0001"]
        exit_id, again = begun(ledger)
        assert (again, exit_id in (ann, bob)) == (ann, False)


def test_an_entry_after_an_exit_in_doubt_has_another_id_each_time(tmp_path: Path) -> None:
    log = Members()
    ids = []
    with closing(opened(tmp_path)) as ledger:
        for traits in (YES, NO, YES, NO, YES):
            ledger.apply([log.put("ann", traits=traits)], {})
            ids += begun(ledger)
        assert len(set(ids)) == 5
        acknowledged(ledger)
        assert due(ledger) == []


def test_a_withdrawal_before_the_next_attempt_takes_the_message_out_of_the_batch(tmp_path: Path) -> None:
    log = Members()
    with closing(opened(tmp_path)) as ledger:
        ledger.apply([log.put("ann"), log.put("bob"), log.put("cid")], {})
        batch = ledger.begin(ledger.due(100), 1_000)
        ledger.apply([log.put("ann", traits=NO), log.erase("bob")], {})
        assert [each.user for each in ledger.still_due(batch)] == ["cid"]
        ledger.apply([log.put("ann")], {})  # a consent given again before anything else was sent
        assert {each.user: each.id for each in ledger.still_due(batch)} == {
            each.user: each.id for each in batch if each.user != "bob"
        }


def test_an_erased_user_stays_only_until_the_exit_is_acknowledged(tmp_path: Path) -> None:
    log = Members()
    with closing(opened(tmp_path)) as ledger:
        ledger.apply([log.put("ann-the-first")], {})
        acknowledged(ledger)
        ledger.apply([log.erase("ann-the-first")], {})
        assert due(ledger) == ["-ann-the-first s-0001 erased"]
        begun(ledger)
        ledger.give_up(ledger.due(100))
        assert due(ledger) == ["-ann-the-first s-0001 erased"]
        acknowledged(ledger)
        assert due(ledger) == []
    assert not [path for path in tmp_path.iterdir() if b"ann-the-first" in path.read_bytes()]


def test_an_erasure_while_another_exit_is_in_doubt_is_told_as_one(tmp_path: Path) -> None:
    log = Members()
    with closing(opened(tmp_path)) as ledger:
        ledger.apply([log.put("ann")], {})
        acknowledged(ledger)
        ledger.apply([log.put("ann", "s-0009")], {})
        [left] = begun(ledger)
        ledger.apply([log.erase("ann")], {})
        assert due(ledger) == ["-ann s-0001 erased"]
        [erased] = begun(ledger)
        assert erased != left


def test_a_second_exit_for_another_reason_has_another_id_although_no_entry_was_sent_between(tmp_path: Path) -> None:
    log = Members()
    with closing(opened(tmp_path)) as ledger:
        ledger.apply([log.put("ann"), log.put("bob")], {})
        acknowledged(ledger)
        ledger.apply([log.put("ann", "s-0009"), log.put("bob", "s-0009")], {})
        before = begun(ledger)
        ledger.apply([log.put("ann"), log.put("bob"), log.put("ann", traits=NO), log.put("bob", traits=NO)], {})
        assert due(ledger) == ["-ann s-0001 consent", "-bob s-0001 consent"]
        assert not set(begun(ledger)) & set(before)


def test_an_erasure_is_told_also_when_the_user_is_back_before_that(tmp_path: Path) -> None:
    #  ann: entered           erased, back ─▶ exit, then a new entry
    #  bob: entry in doubt    erased, back ─▶ exit, then a new entry
    log = Members()
    with closing(opened(tmp_path)) as ledger, viewing(ledger.path) as view:
        ledger.apply([log.put("ann")], {})
        acknowledged(ledger)
        ledger.apply([log.put("bob")], {})
        [entry] = begun(ledger)
        ledger.apply([log.erase("ann"), log.erase("bob"), log.put("ann"), log.put("bob")], {})
        assert due(ledger) == ["-ann s-0001 erased", "-bob s-0001 erased"]
        exits = begun(ledger)
        assert view.figures().n_unsettled == 2
        ledger.apply([log.put("ann", "s-0009"), log.put("ann")], {})
        assert begun(ledger) == exits
        acknowledged(ledger)
        assert due(ledger) == ["+ann s-0001", "+bob s-0001"]
        assert entry not in begun(ledger)


def test_dead_letters_keep_status_and_body_and_wait_for_a_change_or_a_repair(tmp_path: Path) -> None:
    log = Members()
    with closing(opened(tmp_path)) as ledger, viewing(ledger.path) as view:
        ledger.apply([log.put("ann"), log.put("bob"), log.put("cid")], {})
        ledger.refuse(ledger.begin(ledger.due(100), 1_000), 400, "no such user", 2_000)
        assert due(ledger) == []
        assert [(each.user, each.change, each.status, each.body) for each in view.letters()] == [
            (user, "entered", 400, "no such user") for user in ("ann", "bob", "cid")
        ]
        ledger.apply([log.put("ann", "s-0009"), log.erase("bob")], {})
        assert due(ledger) == ["-ann s-0001 segment", "-bob s-0001 erased"]  # an attempt before may have been taken
        assert [each.user for each in view.letters()] == ["ann", "cid"]
        acknowledged(ledger)
        ledger.read_anew()
        ledger.apply(log.reads, {})
        assert due(ledger) == ["+cid s-0001"]
        ledger.refuse(ledger.begin(ledger.due(100), 3_000), 403, "no", 4_000)
        assert [(each.user, each.status, each.time_ms) for each in view.letters()] == [("cid", 403, 4_000)]
        ledger.read_anew()
        ledger.apply(log.reads, {})
        acknowledged(ledger)
        assert list(view.letters()) == []


def test_nobody_enters_a_small_audience_and_everybody_may_leave_it(tmp_path: Path) -> None:
    log = Members()
    with closing(opened(tmp_path)) as ledger:
        ledger.apply([log.put("ann"), log.put("bob", "s-0002"), log.put("cid", traits=NO)], {})
        assert due(ledger, 2) == []
        ledger.apply([log.put("cid")], {})
        assert due(ledger, 2) == ["+ann s-0001", "+cid s-0001"]
        batch = ledger.due(100, 2)
        ledger.apply([log.put("cid", traits=NO)], {})
        assert ledger.still_due(batch, 2) == []
        acknowledged(ledger)
        ledger.apply([log.put("ann", "s-0009")], {})
        assert due(ledger, 2) == ["-ann s-0001 segment"]


def test_members_without_a_new_record_expire_and_return_with_one(tmp_path: Path) -> None:
    log = Members()
    with closing(opened(tmp_path, replace(GATE, ttl_ms=100))) as ledger:
        ledger.apply([log.put("ann", written_ms=1_000), log.put("bob", written_ms=1_050)], {})
        acknowledged(ledger)
        ledger.expire(1_099)
        assert due(ledger) == []
        ledger.expire(1_100)
        assert due(ledger) == ["-ann s-0001 expired"]
        acknowledged(ledger)
        ledger.apply([log.put("ann", written_ms=1_120)], {})
        ledger.expire(1_140)
        assert due(ledger) == ["+ann s-0001"]


def test_messages_given_up_come_after_all_others(tmp_path: Path) -> None:
    log = Members()
    with closing(opened(tmp_path)) as ledger:
        ledger.apply([log.put("ann")], {})
        ledger.give_up(ledger.begin(ledger.due(1), 1_000))
        ledger.apply([log.put("bob")], {})
        assert due(ledger) == ["+bob s-0001", "+ann s-0001"]


def test_of_two_partitions_the_later_record_counts_and_a_move_ends_only_its_own(tmp_path: Path) -> None:
    #  partition 0:   ann s-0001 (1)   moved to 1
    #  partition 1:                               ann s-0001 (1)   ann s-0002 (2)
    log = Members()
    old, moved = log.put("ann"), log.moved("ann", 0, 1)
    new, last = log.put("ann", partition=1), log.put("ann", "s-0002", partition=1, sequence=2)
    for order in ([old, moved, new, last], [new, last, old, moved], [new, old, last, moved], [old, new, moved, last]):
        folder = tmp_path / "".join(str(order.index(each)) for each in (old, moved, new, last))
        folder.mkdir()
        with closing(opened(folder)) as ledger:
            for read in order:
                ledger.apply([read], {})
            assert due(ledger) == ["+ann s-0002"]


def test_an_older_record_of_another_partition_does_not_bring_an_erased_user_back(tmp_path: Path) -> None:
    log = Members()
    old, moved = log.put("ann"), log.moved("ann", 0, 1)
    new, erased = log.put("ann", partition=1), log.erase("ann", partition=1)
    with closing(opened(tmp_path)) as ledger:
        for read in (new, erased, old, moved):
            ledger.apply([read], {})
        assert due(ledger) == []


def test_another_gate_and_a_topic_made_again_let_those_leave_who_are_not_there_then(tmp_path: Path) -> None:
    log, again = Members(), Members()
    with closing(opened(tmp_path)) as ledger:
        ledger.apply([log.put("ann"), log.put("bob", "s-0002")], {})
        acknowledged(ledger)
    with closing(opened(tmp_path, replace(GATE, segments=frozenset({"s-0001"})))) as ledger:
        assert ledger.position(USER_SEGMENTS, 0) == 0
        ledger.apply(log.reads, {})
        assert due(ledger) == ["-bob s-0002 segment"]
        acknowledged(ledger)
        ledger.begin_topic(USER_SEGMENTS, "second")
        ledger.apply([again.put("bob")], {})
        assert due(ledger) == ["-ann s-0001 removed", "+bob s-0001"]


def test_a_ledger_that_was_left_for_long_is_read_anew_since_tombstones_may_be_gone(tmp_path: Path) -> None:
    #  hour     0             13: bob's tombstone is compacted away, with the record before it
    log, again, hour_ms = Members(), Members(), 3_600_000
    with closing(opened(tmp_path)) as ledger:
        assert ledger.read_anew_if_late(100 * hour_ms)
        ledger.apply([log.put("ann"), log.put("bob")], {})
        acknowledged(ledger)
        ledger.note_complete(101 * hour_ms)
    with closing(opened(tmp_path)) as ledger:
        assert not ledger.read_anew_if_late(112 * hour_ms)
        assert ledger.read_anew_if_late(113 * hour_ms)
        assert ledger.position(USER_SEGMENTS, 0) == 0
        ledger.apply([again.put("ann")], {})
        assert due(ledger) == ["-bob s-0001 removed"]
        assert not ledger.read_anew_if_late(114 * hour_ms)


def test_the_same_gates_back_and_forth_never_repeat_an_id(tmp_path: Path) -> None:
    log, ids = Members(), []
    log.put("ann")
    for at in range(6):
        gate = GATE if at % 2 == 0 else replace(GATE, segments=frozenset({"s-0009"}))
        with closing(opened(tmp_path, gate)) as ledger:
            ledger.apply(log.reads, {})
            ids += begun(ledger)
            acknowledged(ledger)
    assert len(set(ids)) == 6


def test_a_lost_ledger_sends_the_same_ids_again(tmp_path: Path) -> None:
    log, ids = Members(), []
    log.put("ann")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with closing(opened(tmp_path / name)) as ledger:
            ledger.apply(log.reads, {})
            ids.append(begun(ledger))
    assert ids[0] == ids[1]


def test_records_that_are_none_are_passed(tmp_path: Path) -> None:
    log = Members()
    odd = [log.add(USER_SEGMENTS, "ann", b"no JSON"), log.add(USER_SEGMENTS, "bob", {"user": "ann"})]
    with closing(opened(tmp_path)) as ledger:
        ledger.apply([*odd, log.put("cid")], {})
        assert (due(ledger), ledger.position(USER_SEGMENTS, 0)) == (["+cid s-0001"], 3)


def test_a_ledger_is_of_one_endpoint_and_one_process(tmp_path: Path) -> None:
    with closing(opened(tmp_path)), pytest.raises(StoreBusyError, match=r"`segue sink`.*SEGUE_SINK_LEDGER"):
        opened(tmp_path)
    with pytest.raises(SinkError, match=r"ledger of https://crm\.example/a: name another file"):
        Ledger(tmp_path / "ledger.db", "https://other.example", GATE)
    opened(tmp_path).close()  # the refused one let go of it
