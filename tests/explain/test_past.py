"""Pasts: the partition's clock, switches of several logs, and cuts in time."""

from __future__ import annotations

from stream.core.event import Erasure, Rejected
from stream.core.reasons import Reason
from stream.core.serving import ServingVersions
from stream.explain.past import PartitionClock, Past, Place, in_one_log
from stream.wire.state_records import SwitchRecord
from tests.core.builders import START_MS, event_at, records_with


def test_a_clock_never_goes_back() -> None:
    #  offset  3    5    7    9
    #  proves  10   0    8    12
    clock = PartitionClock()
    for offset, proven_ms in ((3, 10), (5, 0), (7, 8), (9, 12)):
        clock.advance(offset, proven_ms)
    assert [clock.at(offset) for offset in (2, 3, 5, 7, 8, 9, 99)] == [0, 10, 10, 10, 10, 12, 12]
    assert (clock.now_ms, clock.next_offset) == (12, 10)


def test_switches_of_an_earlier_log_come_before_the_first_record() -> None:
    #  time    1      2      │ 3      4        the topic was made again between 2 and 3
    #  offset  100    900    │ -1     50
    switches = [SwitchRecord(ms, offset, ServingVersions(ms)) for ms, offset in ((1, 100), (2, 900), (3, -1), (4, 50))]
    assert in_one_log(switches[::-1]) == [
        SwitchRecord(ms, offset, ServingVersions(ms)) for ms, offset in ((1, -1), (2, -1), (3, -1), (4, 50))
    ]
    assert in_one_log(switches[:2]) == switches[:2]
    assert in_one_log([]) == []


def test_a_past_ends_with_all_records_of_the_time() -> None:
    records = records_with(*(event_at(at) for at in (0, 5, 5, 9)))
    switches = [SwitchRecord(START_MS + at, at, ServingVersions(1 + at)) for at in (0, 5, 6)]
    past = Past(records, switches, Place(3, START_MS + 9)).until(START_MS + 5)
    assert [record.offset for record in past.records] == [0, 1, 2]
    assert [switch.serving.model for switch in past.switches] == [1, 6]
    assert past.end == Place(3, START_MS + 5)


def test_a_past_of_one_user_has_the_users_records_alone() -> None:
    mine, other, refused = event_at(0), event_at(1, user="bob"), Rejected(Reason.NOT_JSON, "")
    past = Past(records_with(mine, other, refused, Erasure("ann"), arrival_ms=(0, 1, 2, 3)), [], Place(3, START_MS))
    assert [record.content for record in past.of("ann").records] == [mine, Erasure("ann")]
