"""A topic that was made again: what it gave goes, and what others gave stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.kafka.reader import Read
from stream.store.rows.renewal import TOPICS_READ
from stream.store.store import newest_ms, open_store
from stream.store.writer import StoreWriter
from stream.wire.topics import PROFILE_SAMPLE, SEGMENT_CHANGES, USER_SEGMENTS
from tests.published_records import published_records
from tests.store.builders import T0, Log
from tests.store.dump import dump


def all_topics() -> list[Read]:
    """Records of every topic that a store reads."""
    log = Log()
    for each in published_records():
        if each.topic in TOPICS_READ:
            log.add(each.topic, each.key, each.value, headers=each.headers)
    log.sample(user="ann")
    return log.reads


@pytest.mark.parametrize("topic", TOPICS_READ)
def test_a_topic_read_anew_gives_the_same_rows(tmp_path: Path, topic: str) -> None:
    writer, reads = StoreWriter(tmp_path / "store.db"), all_topics()
    writer.apply(reads)
    before = dump(tmp_path / "store.db")
    writer.begin_topic(topic, "new id")
    assert writer.topic_id(topic) == "new id"
    assert dump(tmp_path / "store.db") != before
    writer.apply(reads)
    writer.close()
    after = dump(tmp_path / "store.db")
    assert {name: sorted(map(repr, rows)) for name, rows in after.items()} == {
        name: sorted(map(repr, rows)) for name, rows in before.items()
    } | {"facts": sorted(map(repr, after["facts"]))}


def test_an_empty_topic_leaves_no_row_of_the_former_one(tmp_path: Path) -> None:
    writer = StoreWriter(tmp_path / "store.db")
    writer.apply(all_topics())
    for topic in TOPICS_READ:
        writer.begin_topic(topic, "new id")
    writer.close()
    found = dump(tmp_path / "store.db")
    assert {name: rows for name, rows in found.items() if rows and name not in ("facts", "erased")} == {}
    assert newest_ms(open_store(tmp_path / "store.db")) == 0


def test_an_erasure_outlives_the_topic_that_told_of_it(tmp_path: Path) -> None:
    writer, log = StoreWriter(tmp_path / "store.db"), Log()
    log.erase("ann", written_ms=5_000)
    writer.apply(log.reads)
    for topic in (USER_SEGMENTS, SEGMENT_CHANGES, PROFILE_SAMPLE):
        writer.begin_topic(topic, "restored from a backup")
    old = Log(written_ms=1_000)
    old.member(user="ann")
    old.change(user="ann", time_ms=T0)
    old.sample(user="ann")
    writer.apply(old.reads)
    writer.close()
    assert open_store(tmp_path / "store.db").rows("SELECT user FROM users") == []
