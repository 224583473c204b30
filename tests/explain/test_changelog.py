"""A partition's progress from its changelog: place, switches, backfill, and the state of kept users."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from stream.core.serving import ServingVersions
from stream.explain.changelog import PartitionProgress
from stream.explain.past import NOWHERE, Place
from stream.wire.backfill_records import BACKFILL_KEY, BackfillRecord, encode_backfill
from stream.wire.state_records import (
    PARTITION_KEY,
    PartitionRecord,
    StateFormatError,
    SwitchRecord,
    partition_put,
)
from stream.wire.user_records import HeadRecord, ItemRecord, newest_head
from tests.core.builders import MODEL, POLICY, START_MS, event_at, records_with
from tests.wire.state_runs import StateRun
from tests.wire.user_puts import encode

HEAD = HeadRecord(1, "s-0001", START_MS, None, 0, 1, 3, 0, 7, "", "")


def item(text: str, head: HeadRecord | None) -> ItemRecord:
    """An item with this text, and perhaps with a head."""
    return ItemRecord(head, START_MS, "e0", "view", 0.0, text, 0.01, bytes(4), "hash")


def changelog(run: StateRun) -> Iterator[tuple[int, bytes | None, bytes | None]]:
    """What the steps put, with offsets."""
    written = (put for puts in run.written for put in puts)
    return ((offset, put.key, put.value) for offset, put in enumerate(written))


def test_progress_is_the_last_place_and_every_switch() -> None:
    run = StateRun(POLICY)
    run.step(records_with(event_at(0, "milk")), MODEL)
    run.step([], None)
    progress = PartitionProgress()
    assert (progress.end, progress.switches) == (NOWHERE, [])
    progress.take(changelog(run))
    assert progress.end == Place(0, START_MS + 1)
    assert progress.switches == [
        SwitchRecord(0, -1, ServingVersions(1)),
        SwitchRecord(START_MS + 1, 0, ServingVersions()),
    ]
    assert progress.next_offset == sum(1 for _ in changelog(run))


def test_a_backfill_and_odd_records_are_read_past() -> None:
    record = BackfillRecord(1, "orders.csv", "", "", 9, 0, (), (0,), 3)
    progress = PartitionProgress()
    progress.take([(0, BACKFILL_KEY, encode_backfill(record)), (1, None, b"x"), (2, b"uann", None), (3, b"p", None)])
    assert (progress.backfill, progress.end, progress.next_offset) == (record, NOWHERE, 4)


def test_a_changelog_of_a_newer_segue_is_refused() -> None:
    newer = partition_put(PartitionRecord(99, 0, 0, ServingVersions(), 1))
    with pytest.raises(StateFormatError, match="upgrade"):
        PartitionProgress().take([(0, PARTITION_KEY, newer.value)])


def test_the_state_of_a_kept_user_is_the_last_record_of_each_key() -> None:
    progress = PartitionProgress(states={"ann": {}, "bo": {}})
    heads = [encode(HEAD), encode(msgspec.structs.replace(HEAD, sequence=2))]
    items = [encode(item(text, head)) for text, head in (("milk", HEAD), ("bread", None))]
    written = [
        (0, b"uann", heads[0]),
        (1, b"i\x00ann", items[0]),
        (2, b"i\x01ann", items[1]),
        (3, b"uannie", heads[0]),
        (4, b"ubo", heads[0]),
    ]
    progress.take([*written, (5, b"i\x00ann", None), (6, b"uann", heads[1]), (7, b"ubo", None)])
    assert progress.state_of("ann") == {b"uann": heads[1], b"i\x01ann": items[1]}
    partition = partition_put(PartitionRecord(1, 7, 0, ServingVersions(), 1)).value
    progress.take([(8, PARTITION_KEY, partition)])
    assert progress.state_of("ann")[PARTITION_KEY] == partition
    assert progress.state_of("bo") == progress.state_of("annie") == {}


def test_the_last_head_of_the_log_counts() -> None:
    newer = msgspec.structs.replace(HEAD, sequence=2)
    written = [(0, b"i\x00ann", encode(item("milk", HEAD))), (1, b"uann", encode(HEAD))]
    progress = PartitionProgress(states={"ann": {}})
    progress.take([*written, (2, b"i\x00ann", encode(item("milk", newer)))])
    assert newest_head(progress.state_of("ann")) == newer
