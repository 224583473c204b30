"""What a session does about topics that it finds otherwise than it left them, without a broker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stream.kafka.connection import Connection
from stream.runtime.watched import Bounds, TopicSeen
from stream.store.session import Session
from stream.store.store import open_store
from stream.store.writer import StoreWriter
from stream.wire.topics import SEGMENTS, USER_SEGMENTS
from tests.store.builders import Log

Parts = tuple[Session, StoreWriter]


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    """A session without a broker, over a store of one user and one segment."""
    writer, log = StoreWriter(tmp_path / "store.db"), Log()
    for topic in (SEGMENTS, USER_SEGMENTS):
        writer.begin_topic(topic, "first")
    log.member()
    log.entry()
    writer.apply(log.reads, {(SEGMENTS, 0): 10})
    with closing(Session(Connection("127.0.0.1:9"), writer)) as session:
        yield session, writer
    writer.close()


def seen(end: int, topic_id: str = "first", first: int = 0, n: int = 1) -> TopicSeen:
    """The topic `segments` as a look finds it."""
    return TopicSeen(SEGMENTS, topic_id, n, {p: Bounds(first, end, end) for p in range(n)})


def n_segments(writer: StoreWriter) -> int:
    """Segments with a record."""
    with closing(open_store(writer.path)) as store:
        return len(store.rows("SELECT 1 FROM segments WHERE value NOTNULL"))


def test_the_same_topic_goes_on(parts: Parts) -> None:
    session, writer = parts
    session._reconcile(SEGMENTS, seen(12))
    assert (writer.position(SEGMENTS, 0), n_segments(writer)) == (10, 1)


def test_a_topic_with_another_id_is_read_anew_and_no_other(parts: Parts) -> None:
    session, writer = parts
    session._reconcile(SEGMENTS, seen(12, "second"))
    assert (writer.position(SEGMENTS, 0), writer.topic_id(SEGMENTS), n_segments(writer)) == (0, "second", 0)
    assert writer.position(USER_SEGMENTS, 0) == 1


def test_a_log_that_ends_before_our_position_at_two_looks_is_read_anew(parts: Parts) -> None:
    session, writer = parts
    session._reconcile(SEGMENTS, seen(9))
    assert (writer.position(SEGMENTS, 0), n_segments(writer)) == (10, 1)
    session._reconcile(SEGMENTS, seen(9))
    assert (writer.position(SEGMENTS, 0), n_segments(writer)) == (0, 0)


def test_a_log_that_was_short_once_goes_on(parts: Parts) -> None:
    session, writer = parts
    for end in (9, 12, 9):
        session._reconcile(SEGMENTS, seen(end))
    assert (writer.position(SEGMENTS, 0), n_segments(writer)) == (10, 1)


def test_new_partitions_begin_at_their_first_record_and_lost_ones_are_passed(parts: Parts) -> None:
    session, writer = parts
    session._reconcile(SEGMENTS, seen(40, first=30, n=2))
    assert [writer.position(SEGMENTS, p) for p in (0, 1)] == [30, 30]


def test_a_topic_that_is_gone_keeps_its_rows(parts: Parts) -> None:
    session, writer = parts
    session._reconcile(SEGMENTS, seen(12))
    session._reconcile(SEGMENTS, None)
    assert n_segments(writer) == 1
