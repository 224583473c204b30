"""Figures of a past, and the times of its events as the jobs see them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from stream.backfill.past import Past, Scan, check_reaches_now, day
from stream.backfill.past_decoder import BEFORE, PastDecoder
from stream.backfill.source import BackfillError, FileSource, is_file
from stream.backfill.start import same_since_ms
from stream.core.event import Declaration, Event, Ignored, Record, Rejected
from stream.core.policy import DAY_MS
from stream.core.reasons import Reason
from stream.formats.decoder import FormatDecoder
from stream.wire.fields import Fields
from stream.wire.placement import partition_of
from stream.wire.records import ConsumerRecord
from stream.wire.topics import USER_EVENTS
from tests.backfill.deployments import beginning, past
from tests.core.record_rows import record_rows

DECODER = FormatDecoder(Fields(), None)
DAY_0_MS = 1_735_689_600_000  # 2025-01-01


def record(user: str, value: object) -> ConsumerRecord:
    return ConsumerRecord(USER_EVENTS, 0, 0, 0, user.encode(), msgspec.json.encode(value), [])


def event_on(day_number: float, user: str = "ann") -> ConsumerRecord:
    return record(user, {"user_id": user, "timestamp": DAY_0_MS + int(day_number * DAY_MS), "text": "milk"})


IDENTIFY = record("ann", {"type": "identify", "userId": "ann", "traits": {"a": 1}})


def scanned(*records: ConsumerRecord, since: int = 1, latest: int = 9) -> Past:
    return Scan(DECODER, 3, DAY_0_MS + since * DAY_MS, DAY_0_MS + latest * DAY_MS).run(records)


def test_only_events_from_since_to_now_count_as_time_and_all_records_count() -> None:
    #  day      0   since 1     3       5     now 9    300
    found = scanned(event_on(0), event_on(5), event_on(3, "bob"), event_on(300), IDENTIFY, record("ann", "no event"))
    assert (found.n_records, found.n_events, found.n_before, found.n_ahead) == (6, 2, 1, 1)
    assert (day(found.first_ms), day(found.newest_ms)) == ("2025-01-04", "2025-01-06")
    wanted = [0, 0, 0]
    wanted[partition_of(b"ann", 3)] += 5
    wanted[partition_of(b"bob", 3)] += 1
    assert list(found.by_partition) == wanted


def test_the_digest_tells_other_events_and_another_order_apart() -> None:
    one, other = event_on(3), event_on(4)
    contents = [scanned(*records).content for records in ([one, other], [one, other], [other, one], [one])]
    assert contents[0] == contents[1]
    assert len(set(contents)) == 3


@pytest.mark.parametrize(("now", "fits"), [(8, True), (10, True), (11, False), (400, False)])
def test_a_past_whose_newest_event_has_left_the_window_is_refused_with_the_days(now: int, fits: bool) -> None:
    found, now_ms = scanned(event_on(3)), DAY_0_MS + now * DAY_MS
    if fits:
        check_reaches_now(found, now_ms, 7 * DAY_MS)
        return
    with pytest.raises(BackfillError, match=f"2025-01-04, {now - 3} days ago.* holds 7 days.*--shift-to-now"):
        check_reaches_now(found, now_ms, 7 * DAY_MS)


def test_times_move_by_the_shift_and_bounds_are_on_those_written() -> None:
    decoder = PastDecoder(DECODER, DAY_0_MS + DAY_MS, DAY_0_MS + 9 * DAY_MS, ahead_ms=DAY_MS, shift_ms=100)
    moved = decoder.decode(event_on(5))
    assert isinstance(moved, Event)
    assert moved.time_ms == DAY_0_MS + 5 * DAY_MS + 100
    assert decoder.decode(event_on(0.5)) == Ignored(BEFORE)
    assert isinstance(decoder.decode(event_on(10)), Event)
    late = decoder.decode(event_on(10.5))
    assert isinstance(late, Rejected)
    assert late.reason is Reason.TIMESTAMP_AHEAD
    assert isinstance(decoder.decode(IDENTIFY), Declaration)


@pytest.mark.parametrize("shift_ms", [0, 100])
def test_a_batch_moves_the_times_of_its_records(shift_ms: int) -> None:
    decoder = PastDecoder(DECODER, DAY_0_MS + DAY_MS, DAY_0_MS + 9 * DAY_MS, ahead_ms=DAY_MS, shift_ms=shift_ms)
    records = [event_on(0.5), event_on(5), IDENTIFY, event_on(10), event_on(10.5)]
    expected = [Record(each.offset, each.timestamp_ms, decoder.decode(each)) for each in records]
    assert record_rows(decoder.decode_batch(records)) == expected


def test_the_same_age_is_the_same_first_time_in_a_later_run() -> None:
    earlier = msgspec.structs.replace(beginning(past(1)), since_ms=1_000_000, now_ms=5_000_000)
    assert same_since_ms(1_000_000 + 7_200_000, 5_000_000 + 7_200_100, earlier) == 1_000_000  # 90 days, two hours later
    assert same_since_ms(1_000_000, 99_000_000, earlier) == 1_000_000  # a date
    assert same_since_ms(2_000_000, 99_000_000, earlier) == 2_000_000
    assert same_since_ms(2_000_000, 99_000_000, None) == 2_000_000


def test_a_file_is_read_twice_with_the_same_result_and_told_of_once(tmp_path: Path) -> None:
    file = tmp_path / "past.csv"
    file.write_text("user_id,timestamp,text\nann,2025-01-02,milk\nbob,2025-01-01,bread\n")
    told: list[str] = []
    source = FileSource(str(file), tell=told.append)
    first = list(source.read())
    n_told = len(told)
    assert [record.key for record in first] == [b"bob", b"ann"]  # in the order of time
    assert list(source.read()) == first
    assert len(told) == n_told
    assert is_file(str(file))
    assert not is_file("user-events")
