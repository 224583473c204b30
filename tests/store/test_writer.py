"""A writer: one a file, positions with the rows, and files that are no stores."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from stream.store.errors import StoreBusyError, StoreError
from stream.store.queries.users import user_record
from stream.store.store import open_store, revision
from stream.store.writer import StoreWriter
from stream.wire.topics import SEGMENT_CHANGES, USER_SEGMENTS
from tests.store.builders import Log, stored


def test_positions_are_those_after_the_records_and_after_a_marker(tmp_path: Path) -> None:
    writer, log = StoreWriter(tmp_path / "store.db"), Log()
    log.change()
    log.member(partition=3)
    writer.apply(log.reads, {(SEGMENT_CHANGES, 0): 7, (USER_SEGMENTS, 3): 1})
    assert (writer.position(SEGMENT_CHANGES, 0), writer.position(USER_SEGMENTS, 3)) == (7, 1)
    assert writer.position(USER_SEGMENTS, 0) == 0
    writer.close()
    again = StoreWriter(tmp_path / "store.db")
    assert (again.position(SEGMENT_CHANGES, 0), again.revision) == (7, 1)
    again.close()


def test_a_revision_counts_transactions_that_changed_figures(tmp_path: Path) -> None:
    writer, log = StoreWriter(tmp_path / "store.db"), Log()
    assert writer.apply([log.member()]) == 1
    assert writer.apply(log.reads) == writer.apply([]) == writer.apply([], {(USER_SEGMENTS, 0): 5}) == 1
    log.ends[USER_SEGMENTS, 0] = 5
    assert writer.apply([log.member(sequence=2)]) == 2
    writer.close()
    assert revision(open_store(tmp_path / "store.db")) == 2


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    writer, log = StoreWriter(tmp_path / "store.db"), Log()
    log.change()
    log.member()
    with pytest.raises(KeyError):
        writer.apply([*log.reads, log.add("no such topic", "ann", {})])
    assert writer.position(USER_SEGMENTS, 0) == writer.revision == 0
    store = open_store(tmp_path / "store.db")
    assert user_record(store, "ann") is None
    writer.apply(log.reads[:2])
    assert user_record(store, "ann") == log.reads[1].value
    assert store.row("SELECT sum(n_users) FROM segments") == (1,)
    writer.close()


def test_only_the_owner_may_read_the_files(tmp_path: Path) -> None:
    writer = StoreWriter(tmp_path / "store.db")
    writer.apply([Log().member()])
    assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {
        "store.db": 0o600,
        "store.db-wal": 0o600,
        "store.db-shm": 0o600,
        "store.db.lock": 0o600,
    }
    writer.close()


def test_a_file_has_one_writer(tmp_path: Path) -> None:
    first = StoreWriter(tmp_path / "store.db")
    with pytest.raises(StoreBusyError, match=r"written by another process.*SEGUE_STORE"):
        StoreWriter(tmp_path / "store.db")
    first.close()
    StoreWriter(tmp_path / "store.db").close()


@pytest.mark.parametrize("content", [b"no database at all", b"SQLite format 3\0" + bytes(84)])
def test_another_file_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    for opened in (StoreWriter, open_store):
        with pytest.raises(StoreError, match=r"notes\.txt"):
            opened(path)
    assert path.read_bytes() == content


def test_another_database_and_another_format_are_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE birds (name)")
    with pytest.raises(StoreError, match="not a store of Segue"):
        StoreWriter(tmp_path / "other.db")
    stored(tmp_path, Log()).close()
    with sqlite3.connect(tmp_path / "store.db") as store:
        store.execute("PRAGMA user_version = 99")
    for opened in (StoreWriter, open_store):
        with pytest.raises(StoreError, match=r"format 99.* delete it"):
            opened(tmp_path / "store.db")


def test_a_missing_file_and_a_missing_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"does not exist.*segue serve"):
        open_store(tmp_path / "none.db")
    with pytest.raises(StoreError, match=r"cannot write .*none"):
        StoreWriter(tmp_path / "none" / "store.db")
