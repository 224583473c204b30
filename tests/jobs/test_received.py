"""Records as a segmenter takes them: content, arrival, placement and trace of each, whatever is beside it."""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray

from stream.core.event import Event, Misplaced, Rejected
from stream.core.policy import DAY_MS, Policy
from stream.core.records import Op
from stream.formats.decoder import FormatDecoder
from stream.jobs.arrival import AS_RECEIVED, BoundedArrivals
from stream.jobs.received import Received, receive
from stream.wire.fields import Fields
from stream.wire.placement import N_PARTITIONS_HEADER, Placement, partition_of
from stream.wire.records import ConsumerRecord, Headers
from stream.wire.topics import USER_EVENTS
from tests.core.record_rows import record_rows

NOW_MS = 1_767_225_600_000  # 2026-01-01
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
HERE = next(f"user-{at}" for at in range(9) if partition_of(b"user-%d" % at, 2) == 0)
THERE = next(f"user-{at}" for at in range(9) if partition_of(b"user-%d" % at, 2) == 1)


def record(
    offset: int, user: str, headers: Headers | None = None, timestamp_ms: int = NOW_MS, **fields: object
) -> ConsumerRecord:
    """A record of partition 0, an event unless it has a type."""
    name = "userId" if "type" in fields else "user_id"
    value = json.dumps({name: user, "timestamp": NOW_MS, "id": str(offset)} | fields).encode()
    return ConsumerRecord(USER_EVENTS, 0, offset, timestamp_ms, user.encode(), value, headers or [])


def received(*records: ConsumerRecord, known: tuple[str, ...] = (), traced: bool = False) -> Received:
    """These records, in partition 0 of 2, with a state for the known users."""

    def is_known(users: list[bytes]) -> NDArray[np.bool_]:
        return np.array([user.decode() in known for user in users], np.bool_)

    decoder, arrivals = FormatDecoder(Fields(), None), BoundedArrivals(Policy(), lambda: NOW_MS, lambda _: None)
    return receive(records, decoder, arrivals, Placement(2), is_known, traced)


def test_a_record_of_a_user_of_another_partition_is_misplaced_whatever_its_content() -> None:
    found = received(
        record(0, HERE), record(1, THERE), record(2, THERE, type="identify"), record(3, THERE, type="erase")
    )
    assert found.records.ops.tolist() == [Op.EVENT, Op.MISPLACED, Op.MISPLACED, Op.MISPLACED]
    assert found.records.contents == dict.fromkeys((1, 2, 3), Misplaced(1))
    assert found.records.users == [HERE.encode(), b"", b"", b""]


def test_a_user_with_a_state_is_in_the_right_partition() -> None:
    assert received(record(0, THERE), known=(THERE,)).records.ops.tolist() == [Op.EVENT]


def test_a_record_that_names_no_user_has_no_other_place() -> None:
    found = received(record(0, THERE, type="group"), record(1, " "))
    assert found.records.ops.tolist() == [Op.IGNORED, Op.REJECTED]


def test_a_record_that_was_forwarded_among_as_many_partitions_is_rejected() -> None:
    found = received(record(0, THERE, [(N_PARTITIONS_HEADER, b"2")]))
    assert isinstance(found.records.contents[0], Rejected)


def test_times_out_of_bounds_are_bounded_and_counted() -> None:
    found = received(record(0, HERE), record(1, HERE, timestamp_ms=NOW_MS + 9 * DAY_MS), record(2, HERE))
    assert found.records.arrivals_ms.tolist() == [NOW_MS, NOW_MS + DAY_MS, NOW_MS]
    assert found.n_wrong_times == 1


def test_times_as_received_are_all_right() -> None:
    raws = [record(0, HERE, timestamp_ms=-1)]
    decoder = FormatDecoder(Fields(), None)
    found = receive(raws, decoder, AS_RECEIVED, Placement(1), lambda users: np.zeros(len(users), np.bool_), False)
    assert (found.records.arrivals_ms.tolist(), found.n_wrong_times) == ([-1], 0)


def test_trace_contexts_are_read_where_wanted() -> None:
    records = record(0, HERE), record(1, HERE, [("traceparent", TRACEPARENT.encode())])
    assert received(*records, traced=True).records.traceparents == ["", TRACEPARENT]
    assert received(*records).records.traceparents == []
    assert received(records[0], traced=True).records.traceparents == []


def test_the_content_is_that_of_each_record() -> None:
    found = received(record(7, HERE, text="red  shoes", kind="Order Completed"))
    [only] = record_rows(found.records)
    assert only.content == Event(HERE, "7", "purchase", NOW_MS, "red shoes")
    assert (only.offset, only.arrival_ms) == (7, NOW_MS)


def test_no_records_are_no_rows() -> None:
    found = received(traced=True)
    assert (len(found.records), found.n_wrong_times) == (0, 0)
