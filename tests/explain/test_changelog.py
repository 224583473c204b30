"""A partition's progress from its changelog: place, switches, backfill, and the state of kept users."""

from __future__ import annotations

from collections.abc import Iterator

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
    puts,
)
from tests.core.builders import MODEL, POLICY, START_MS, event_at, records_with
from tests.core.recorder import StepRecorder


def changelog(recorder: StepRecorder) -> Iterator[tuple[int, bytes | None, bytes | None]]:
    """What the steps put, with offsets."""
    written = (put for done in recorder.steps for put in puts(done, "hash", 1))
    return ((offset, put.key, put.value) for offset, put in enumerate(written))


def test_progress_is_the_last_place_and_every_switch() -> None:
    recorder = StepRecorder()
    recorder.step(records_with(event_at(0, "milk")), POLICY, MODEL)
    recorder.step(records_with(event_at(1, "milk"))[:0], POLICY, None)
    progress = PartitionProgress()
    assert (progress.end, progress.switches) == (NOWHERE, [])
    progress.take(changelog(recorder))
    assert progress.end == Place(0, START_MS + 1)
    assert progress.switches == [
        SwitchRecord(0, -1, ServingVersions(1)),
        SwitchRecord(START_MS + 1, 0, ServingVersions()),
    ]
    assert progress.next_offset == sum(1 for _ in changelog(recorder))


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
    written = [
        (0, b"uann", b"1"),
        (1, b"i\x00ann", b"2"),
        (2, b"i\x01ann", b"3"),
        (3, b"uannie", b"4"),
        (4, b"ubo", b"5"),
    ]
    progress.take([*written, (5, b"i\x00ann", None), (6, b"uann", b"6"), (7, b"ubo", None)])
    assert progress.state_of("ann") == {b"uann": b"6", b"i\x01ann": b"3"}
    partition = partition_put(PartitionRecord(1, 7, 0, ServingVersions(), 1)).value
    progress.take([(8, PARTITION_KEY, partition)])
    assert progress.state_of("ann")[PARTITION_KEY] == partition
    assert progress.state_of("bo") == progress.state_of("annie") == {}
