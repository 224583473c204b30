"""Users' segments, and erasures that leave no trace of a user, neither in a row nor in a byte of the files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stream.store.queries.segments import segment_rows
from stream.store.queries.users import lookup, user_change, user_record
from stream.store.store import Store, open_store
from stream.store.writer import StoreWriter
from stream.wire.topics import USER_SEGMENTS
from tests.store.builders import T0, Log, stored

SECRET = "only eve ever said this"


def sizes(store: Store) -> dict[str, int]:
    """Users by segment."""
    return {row.id: row.n_users for row in segment_rows(store) if row.n_users}


def test_the_newest_record_of_a_user_counts(tmp_path: Path) -> None:
    log = Log()
    log.member(segment="s-0001")
    newest = log.member(segment="s-0002", sequence=2)
    log.member(user="bob", segment="s-0002")
    store = stored(tmp_path, log)
    assert user_record(store, "ann") == newest.value
    assert sizes(store) == {"s-0002": 2}
    assert user_record(store, "nobody") is None
    assert list(lookup(store, ["bob", "x", "ann", "bob", "\ud800"])) == ["bob", "ann"]


def test_a_record_of_an_earlier_partition_does_not_count(tmp_path: Path) -> None:
    log = Log()
    newest = log.member(partition=1, sequence=6, segment="s-0002", written_ms=60)
    log.member(partition=0, sequence=5, segment="s-0001", written_ms=50)
    log.moved("ann", partition=0, to=1)
    store = stored(tmp_path, log)
    assert user_record(store, "ann") == newest.value
    assert sizes(store) == {"s-0002": 1}


def eve(log: Log) -> None:
    """Everything of a user who will be erased."""
    log.change(user="evelyn", items={SECRET: 0.5, "milk": 0.25})
    log.member(user="evelyn", segment="s-0001")
    log.sample(user="evelyn", texts=(SECRET,))


def others(log: Log) -> None:
    """Somebody else, who says some of it too."""
    log.change(user="bob", items={"milk": 0.5})
    log.member(user="bob")


def test_an_erasure_takes_everything_of_a_user(tmp_path: Path) -> None:
    log = Log()
    eve(log)
    others(log)
    log.erase("evelyn")
    store = stored(tmp_path, log)
    assert store.rows("SELECT user FROM users") == [("bob",)]
    assert store.rows("SELECT text, n FROM texts") == [("milk", 1)]
    assert sizes(store) == {"s-0001": 1}
    assert store.row("SELECT count(*) FROM samples") == (0,)
    assert user_change(store, "evelyn", 1) is None
    assert store.row("SELECT sum(n_entered) FROM hours") == (1,)


@pytest.mark.parametrize("late", [Log.change, Log.sample])
def test_what_is_read_after_the_erasure_and_was_written_before_is_left_out(
    tmp_path: Path, late: Callable[..., object]
) -> None:
    log = Log()
    log.erase("evelyn", written_ms=2_000)
    log.written_ms = 1_998
    late(log, user="evelyn")
    store = stored(tmp_path, log)
    assert store.rows("SELECT user FROM users") == []
    assert store.row("SELECT (SELECT count(*) FROM changes) + (SELECT count(*) FROM samples)") == (0,)


def test_the_record_of_another_partition_from_before_the_erasure_is_left_out(tmp_path: Path) -> None:
    log = Log()
    log.erase("evelyn", partition=1, written_ms=2_000)
    log.member(user="evelyn", partition=0, written_ms=1_999)
    assert sizes(stored(tmp_path, log)) == {}


def test_a_user_who_returns_in_another_partition_is_there_whichever_is_read_first(tmp_path: Path) -> None:
    log = Log()
    back = log.member(user="evelyn", partition=1, sequence=1, segment="s-0002", written_ms=90)
    log.member(user="evelyn", partition=0, sequence=2, segment="s-0001", written_ms=50)
    log.erase("evelyn", partition=0, written_ms=60)
    store = stored(tmp_path, log)
    assert (user_record(store, "evelyn"), sizes(store)) == (back.value, {"s-0002": 1})


def test_a_user_who_returns_is_there_again(tmp_path: Path) -> None:
    log = Log()
    eve(log)
    log.erase("evelyn")
    back = log.change(user="evelyn", time_ms=T0 + 9, items={"bread": 0.5})
    record = log.member(user="evelyn", segment="s-0002", since_ms=T0 + 9)
    store = stored(tmp_path, log)
    assert (user_change(store, "evelyn", 1), user_record(store, "evelyn")) == (back.value, record.value)
    assert store.rows("SELECT text FROM texts") == [("bread",)]


def test_no_byte_of_an_erased_user_is_left_in_the_files(tmp_path: Path) -> None:
    def files() -> bytes:
        return b"".join(path.read_bytes() for path in tmp_path.iterdir())

    writer, log = StoreWriter(tmp_path / "store.db"), Log()
    eve(log)
    others(log)
    for n in range(2, 40):  # the user's record is replaced many times
        log.member(user="evelyn", sequence=n)
    writer.apply(log.reads)
    assert b"evelyn" in files()
    assert SECRET.encode() in files()
    writer.apply([log.erase("evelyn")])
    assert SECRET.encode() not in files()
    assert b"evelyn" not in files()
    assert b"bob" in files()
    writer.close()


def test_a_reader_delays_the_wiping_and_nothing_else(tmp_path: Path) -> None:
    writer, log = StoreWriter(tmp_path / "store.db"), Log()
    eve(log)
    writer.apply(log.reads)
    reader = open_store(tmp_path / "store.db")
    with reader.snapshot():
        assert user_record(reader, "evelyn")
        writer.apply([log.erase("evelyn")])
        assert user_record(reader, "evelyn")  # the snapshot is of before
    assert user_record(reader, "evelyn") is None
    writer.apply([])
    assert (tmp_path / "store.db-wal").stat().st_size == 0
    reader.close()
    writer.close()


def test_a_key_that_is_no_text_is_left_out(tmp_path: Path) -> None:
    log = Log()
    log.add(USER_SEGMENTS, b"\xff", None)
    log.add(USER_SEGMENTS, None, None)
    log.add(USER_SEGMENTS, "bob", {"user": "ann"})
    store = stored(tmp_path, log)
    assert store.rows("SELECT n FROM damaged") == [(3,)]
