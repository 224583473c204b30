"""Columns of records as single records again, for comparison with whatever takes or makes single ones."""

from __future__ import annotations

from stream.core.event import Event, Record
from stream.core.records import Op, Records


def record_rows(records: Records) -> list[Record]:
    """Single records of columns, each event put together from its row."""
    return [_record(records, row) for row in range(len(records))]


def _record(records: Records, row: int) -> Record:
    return Record(
        offset=int(records.offsets[row]),
        arrival_ms=int(records.arrivals_ms[row]),
        content=_event(records, row) if records.ops[row] == Op.EVENT else records.contents[row],
        traceparent=records.traceparents[row] if records.traceparents else "",
    )


def _event(records: Records, row: int) -> Event:
    return Event(
        user=records.users[row].decode(),
        id=records.ids[row].decode(),
        kind=records.kinds[row],
        time_ms=int(records.times_ms[row]),
        text=records.texts[row],
        amount=float(records.amounts[row]),
        ignored=records.ignored.get(row, ()),
    )
