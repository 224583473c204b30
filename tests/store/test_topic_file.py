"""A file that topics are read into: positions, facts and rows stand or fall together."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from stream.store.errors import StoreBusyError, StoreError
from stream.store.topic_file import FileKind, TopicFile
from stream.wire.topics import USER_SEGMENTS
from tests.store.builders import Log

BOOK = FileKind("book", "`segue read`", 0x424F4F4B, 2, "CREATE TABLE pages (no);", "SEGUE_BOOK", "delete it")


def write_and_fail(file: TopicFile) -> None:
    """Write a row, a fact and a position in a transaction that fails."""
    with file.transaction():
        file.connection.execute("INSERT INTO pages VALUES (7)")
        file.set_fact("title", "Emma")
        file.move([], {(USER_SEGMENTS, 0): 9})
        raise ZeroDivisionError


def test_a_failure_takes_rows_facts_and_positions_back(tmp_path: Path) -> None:
    with closing(TopicFile(tmp_path / "book.db", BOOK)) as file:
        with file.transaction():
            file.move([Log().member()], {})
        with pytest.raises(ZeroDivisionError):
            write_and_fail(file)
        assert (file.position(USER_SEGMENTS, 0), file.fact("title")) == (1, None)
        assert file.connection.execute("SELECT count(*) FROM pages").fetchone() == (0,)


def test_records_behind_the_position_and_repeats_are_left_out(tmp_path: Path) -> None:
    log = Log()
    first, second = log.member(), log.member(sequence=2)
    with closing(TopicFile(tmp_path / "book.db", BOOK)) as file:
        with file.transaction():
            file.move([first], {})
        assert file.unread([first, second, second]) == [second]
        assert file.ahead({(USER_SEGMENTS, 0): 1, (USER_SEGMENTS, 1): 4}) == {(USER_SEGMENTS, 1): 4}


def test_a_topic_made_again_is_read_from_its_beginning(tmp_path: Path) -> None:
    with closing(TopicFile(tmp_path / "book.db", BOOK)) as file:
        with file.transaction():
            file.renew(USER_SEGMENTS, "first")
            file.move([], {(USER_SEGMENTS, 0): 9})
        with file.transaction():
            file.renew(USER_SEGMENTS, "second")
        file.read_marks()
        assert (file.topic_id(USER_SEGMENTS), file.position(USER_SEGMENTS, 0)) == ("second", 0)


def test_sentences_are_of_the_kind_of_file(tmp_path: Path) -> None:
    with closing(TopicFile(tmp_path / "book.db", BOOK)) as file:
        with pytest.raises(StoreBusyError, match=r"`segue read` a file of its own \(SEGUE_BOOK\)"):
            TopicFile(tmp_path / "book.db", BOOK)
        file.connection.execute("PRAGMA user_version = 1")
    with pytest.raises(StoreError, match=r"format 1, this Segue reads 2: delete it"):
        TopicFile(tmp_path / "book.db", BOOK)
    other = FileKind("map", "`segue map`", 0x4D415050, 2, "", "SEGUE_MAP", "delete it")
    with pytest.raises(StoreError, match=r"not a map of Segue.*SEGUE_MAP"):
        TopicFile(tmp_path / "book.db", other)
