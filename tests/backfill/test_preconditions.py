"""A deployment that takes a past, and deployments that do not."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from stream.backfill.preconditions import begun
from stream.backfill.source import BackfillError
from stream.wire.backfill_records import (
    BACKFILL_KEY,
    BackfillRecord,
    UnfinishedBackfillError,
    check_finished,
    decode_backfill,
    encode_backfill,
)
from stream.wire.state_rebuilder import StateRebuilder
from tests.backfill.deployments import POLICY, beginning, new_replay, past
from tests.core.builders import ENCODER

WANTED = replace(beginning(past(3)), source_digest="a", settings_digest="b")


def states(*records: BackfillRecord | None) -> list[StateRebuilder]:
    """Return partitions with these progress records."""
    found = []
    for each in records:
        reader = StateRebuilder(ENCODER, POLICY)
        if each is not None:
            reader.add(BACKFILL_KEY, encode_backfill(each))
        found.append(reader)
    return found


def test_an_empty_deployment_has_not_begun_and_the_farthest_partition_tells_how_far_it_is() -> None:
    assert begun(states(None, None), WANTED) is None
    assert begun(states(WANTED, replace(WANTED, n_done=7)), WANTED) == replace(WANTED, n_done=7)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (replace(WANTED, source_digest="x", n_done=2), "2 of 3 events, with another source.*--restart"),
        (replace(WANTED, settings_digest="x"), "with other settings.*--restart"),
        (replace(WANTED, source_digest="x", is_finished=True), "already has the past of listed"),
    ],
)
def test_another_past_is_refused(found: BackfillRecord, said: str) -> None:
    with pytest.raises(BackfillError, match=said):
        begun(states(found), WANTED)


def test_a_deployment_with_users_takes_no_past() -> None:
    reader = StateRebuilder(ENCODER, POLICY)
    reader.add(b"unobody", None)
    with pytest.raises(BackfillError, match="SEGUE_TOPIC_PREFIX"):
        begun([reader], WANTED)


def test_a_worker_does_not_begin_with_half_a_past() -> None:
    [unfinished, finished] = states(WANTED, replace(WANTED, is_finished=True))
    with pytest.raises(UnfinishedBackfillError, match="run the same `segue backfill` again"):
        new_replay().segmenter.restore(0, unfinished)
    assert new_replay().segmenter.restore(0, finished) is None
    check_finished(None)


def test_a_record_of_a_newer_segue_is_refused() -> None:
    assert decode_backfill(encode_backfill(WANTED)) == WANTED
    with pytest.raises(UnfinishedBackfillError, match="upgrade"):
        decode_backfill(encode_backfill(replace(WANTED, format=2)))
