"""Changes in a store, by hand: repeats, sequences that begin again, and reasons that add up."""

from __future__ import annotations

from pathlib import Path

from stream.store.policy import StorePolicy
from stream.store.queries.flows import Reason, flows
from stream.store.queries.users import user_changes
from stream.store.store import Store, newest_ms
from tests.store.builders import DAY, T0, Log, change, stored
from tests.store.dump import recounted

ALWAYS = 1 << 50


def kept(store: Store, user: str = "ann") -> list[tuple[int, int]]:
    """The sequence and the time of each change of a user, the oldest first."""
    return store.rows(
        "SELECT sequence, (time_ms - ?) FROM changes WHERE user = (SELECT no FROM users WHERE user = ?) ORDER BY 2",
        T0,
        user,
    )


def test_a_repeat_counts_once(tmp_path: Path) -> None:
    log = Log()
    for _ in range(2):
        log.change(sequence=1, items={"milk": 0.5})
        log.change(sequence=2, origin="s-0001", target="s-0002", time_ms=T0 + 5)
    store = stored(tmp_path, log)
    assert kept(store) == [(1, 0), (2, 5)]
    assert [flow.n_changes for flow in flows(store, 0, ALWAYS)] == [1, 1]


def test_a_sequence_that_begins_again_replaces_the_former_one(tmp_path: Path) -> None:
    log = Log()
    for sequence, at in ((1, 0), (2, 5), (1, 10), (2, 20)):
        log.change(sequence=sequence, time_ms=T0 + at, items={f"text {at}": 0.5})
    store = stored(tmp_path, log)
    assert kept(store) == [(1, 10), (2, 20)]
    assert [text for (text,) in store.rows("SELECT text FROM texts ORDER BY 1")] == ["text 10", "text 20"]


def test_a_change_decided_again_replaces_itself_and_later_ones(tmp_path: Path) -> None:
    log = Log()
    for sequence, at in ((1, 0), (2, 5), (3, 6), (2, 7)):
        log.change(sequence=sequence, time_ms=T0 + at)
    assert kept(stored(tmp_path, log)) == [(1, 0), (2, 7)]


def test_an_older_change_from_another_partition_takes_its_place(tmp_path: Path) -> None:
    log = Log()
    log.change(sequence=2, partition=1, time_ms=T0 + 5, written_ms=50)
    log.change(sequence=1, partition=0, time_ms=T0, written_ms=10)
    assert kept(stored(tmp_path, log)) == [(1, 0), (2, 5)]


def test_two_changes_at_one_time_both_count(tmp_path: Path) -> None:
    log = Log()
    log.change(sequence=1, written_ms=10)
    log.change(sequence=2, written_ms=10)
    assert kept(stored(tmp_path, log)) == [(1, 0), (2, 0)]


def test_changes_older_than_the_store_keeps_are_left_out(tmp_path: Path) -> None:
    log = Log()
    log.change(sequence=1, time_ms=T0 - 1, items={"old": 0.5})
    log.change(user="bob", time_ms=T0 + 2 * DAY, items={"new": 0.5})
    log.change(user="eve", time_ms=T0 - 1)
    log.change(user="eve", sequence=2, time_ms=T0)
    store = stored(tmp_path, log, StorePolicy(keep_ms=2 * DAY))
    assert (kept(store), kept(store, "eve"), kept(store, "bob")) == ([], [(2, 0)], [(1, 2 * DAY)])
    assert store.rows("SELECT text FROM texts") == [("new",)]
    assert store.rows("SELECT user FROM users ORDER BY 1") == [("bob",), ("eve",)]
    assert newest_ms(store) == T0 + 2 * DAY


def test_reasons_are_summed_over_changes(tmp_path: Path) -> None:
    log = Log()
    log.change(user="ann", items={"milk": 0.5, "": 0.25}, features={"weekends": 0.125})
    log.change(user="bob", items={"milk": -0.25}, features={"weekends": 0.25})
    log.change(user="eve", target="s-0002", items={"milk": 1.0})
    store = stored(tmp_path, log)
    first, second = flows(store, 0, ALWAYS)
    assert (first.from_id, first.to_id, first.n_changes, first.n_users) == ("pending", "s-0001", 2, 2)
    assert first.reasons == (Reason("feature", "weekends", 2, 0.375), Reason("item", "milk", 2, 0.25))
    assert second.reasons == (Reason("item", "milk", 1, 1.0),)
    assert recounted(store)["hours"] == store.rows(
        "SELECT g.id, hour, n_entered, n_left FROM hours JOIN segments g ON g.no = segment ORDER BY 1, 2"
    )


def test_changes_are_returned_as_they_were(tmp_path: Path) -> None:
    log = Log()
    reads = [log.change(sequence=n, time_ms=T0 + n) for n in (1, 2, 3)]
    store = stored(tmp_path, log)
    assert user_changes(store, "ann", None, 10) == [read.value for read in reversed(reads)]
    assert user_changes(store, "ann", 3, 1) == [reads[1].value]
    assert user_changes(store, "nobody", None, 10) == user_changes(store, "\ud800", None, 10) == []
    assert change()["summary"].encode() in (user_changes(store, "ann", 2, 5)[0])
