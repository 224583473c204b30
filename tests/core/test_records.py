"""A batch of records as columns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stream.core.event import Content, Declaration, Erasure, Event, Ignored, Misplaced, Record, Rejected
from stream.core.reasons import Reason
from stream.core.records import Op, Records
from tests.core.record_rows import record_rows

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

PATHS = st.lists(st.sampled_from(["amount", "text", "type"]), max_size=2).map(tuple)
TIMES = st.integers(0, 2**62)
CONTENTS: st.SearchStrategy[Content] = st.one_of(
    st.builds(
        Event, st.text(min_size=1), st.text(min_size=1), st.text(), TIMES, st.text(), st.floats(allow_nan=False), PATHS
    ),
    st.builds(Declaration, st.text(min_size=1), st.dictionaries(st.text(), st.none() | st.integers()), PATHS),
    st.builds(Erasure, st.text(min_size=1)),
    st.builds(Ignored, st.sampled_from(["alias", "group"])),
    st.builds(Misplaced, st.integers(0, 99)),
    st.builds(Rejected, st.sampled_from(Reason), st.text()),
)


@given(st.lists(st.builds(Record, st.integers(0, 2**62), TIMES, CONTENTS, st.sampled_from(["", TRACEPARENT]))))
def test_columns_hold_everything_of_the_records(records: list[Record]) -> None:
    assert record_rows(Records.of(records)) == records


def test_an_event_is_a_row_and_any_other_content_a_value_with_its_user() -> None:
    erasure = Erasure("zoë")
    columns = Records.of(
        [
            Record(7, 50, Event("ann", "e1", "view", 40, "red shoes", 9.5, ("type",))),
            Record(9, 60, erasure),
            Record(12, 60, Ignored("alias")),
        ]
    )
    assert columns.ops.tolist() == [Op.EVENT, Op.ERASURE, Op.IGNORED] == [0, 2, 3]
    assert columns.users == [b"ann", "zoë".encode(), b""]
    assert (columns.ids, columns.kinds, columns.texts) == ([b"e1", b"", b""], ["view", "", ""], ["red shoes", "", ""])
    assert (columns.offsets.tolist(), columns.arrivals_ms.tolist()) == ([7, 9, 12], [50, 60, 60])
    assert (columns.times_ms.tolist(), columns.amounts.tolist()) == ([40, 0, 0], [9.5, 0.0, 0.0])
    assert columns.contents == {1: erasure, 2: Ignored("alias")}
    assert columns.ignored == {0: ("type",)}
    assert columns.traceparents == []


def test_no_records_are_columns_of_no_rows() -> None:
    columns = Records.of([])
    assert len(columns) == 0
    assert [array.shape for array in (columns.offsets, columns.ops, columns.times_ms, columns.amounts)] == [(0,)] * 4
    assert [str(array.dtype) for array in (columns.offsets, columns.ops, columns.amounts)] == [
        "int64",
        "uint8",
        "float64",
    ]
