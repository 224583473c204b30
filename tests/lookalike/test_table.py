"""The records of `user-profiles`, in any order of their partitions, lead to one table."""

from __future__ import annotations

import msgspec
import pytest

from stream.lookalike.table import ProfileTable
from stream.wire.user_tables import MOVED_HEADER
from tests.lookalike.crowd import profile

Record = tuple[str, bytes | None, int, int, list[tuple[str, bytes]]]


def record(user: str, semantic: list[float], partition: int, written_ms: int) -> Record:
    return user, msgspec.json.encode(profile(user, semantic)), partition, written_ms, []


MOVED: Record = ("ann", None, 1, 5, [(MOVED_HEADER, b"0")])
OLD, NEW = record("ann", [1.0], 1, 1), record("ann", [0.0, 1.0], 0, 5)


@pytest.mark.parametrize("records", [[OLD, MOVED, NEW], [NEW, OLD, MOVED], [OLD, NEW, MOVED]])
def test_a_moved_user_has_the_record_that_was_written_later(records: list[Record]) -> None:
    table = ProfileTable()
    for each in records:
        table.take(*each)
    pool = table.pool()
    assert pool.users == ("ann",)
    assert pool.rows(slice(None)).semantic[0].round(2).tolist()[:2] == [0.0, 1.0]


def test_an_erased_user_is_gone_and_not_brought_back_by_an_older_record_elsewhere() -> None:
    table = ProfileTable()
    for each in (NEW, ("ann", None, 0, 9, []), OLD):
        table.take(*each)
    assert (len(table), table.pool().users) == (0, ())
    table.take(*record("ann", [1.0], 0, 10))  # came back
    assert table.pool().users == ("ann",)


def test_a_value_that_is_no_profile_is_refused() -> None:
    with pytest.raises(ValueError, match="user"):
        ProfileTable().take("ann", b"{}", 0, 0, [])
