"""Segments, members and sizes over time, by hand."""

from __future__ import annotations

from pathlib import Path

from stream.store.queries.segments import Member, SizePoint, members, segment_rows, size_history
from stream.store.store import newest_ms, oldest_ms
from tests.store.builders import DAY, HOUR, T0, Log, stored


def moved(log: Log, user: str, *path: tuple[str, int]) -> None:
    """A user who enters the segments of `path`, each at a time after T0."""
    origin = "pending"
    for sequence, (target, at_ms) in enumerate(path, 1):
        log.change(user=user, sequence=sequence, origin=origin, target=target, time_ms=T0 + at_ms)
        log.member(user=user, sequence=sequence, segment=target, since_ms=T0 + at_ms, weight=0.5)
        origin = target


def test_a_segment_has_its_users_its_share_and_its_last_day(tmp_path: Path) -> None:
    log = Log()
    moved(log, "ann", ("s-0001", 0), ("s-0002", 3 * DAY))
    moved(log, "bob", ("s-0001", 0))
    moved(log, "cid", ("s-0001", 0), ("unknown", 3 * DAY - HOUR))
    moved(log, "dan", ("s-0001", 0), ("inactive", DAY))
    log.entry(segment="s-0001", name="Runners")
    rows = {row.id: row for row in segment_rows(stored(tmp_path, log))}
    assert list(rows) == ["s-0001", "s-0002", "unknown", "inactive"]
    assert {row.id: (row.n_users, row.n_entered, row.n_left) for row in rows.values()} == {
        "s-0001": (1, 0, 2),
        "s-0002": (1, 1, 0),
        "unknown": (1, 1, 0),
        "inactive": (1, 0, 0),
    }
    assert {row.id: round(row.share, 4) for row in rows.values()} == {
        "s-0001": 0.3333,
        "s-0002": 0.3333,
        "unknown": 0.3333,
        "inactive": 0.0,
    }
    runners = rows["s-0001"]
    assert (runners.sizes[0], runners.sizes[-1], runners.trend) == (4, 1, -0.75)
    assert runners.description is not None
    assert (runners.name, runners.description.name, rows["s-0002"].description) == ("Runners", "Runners", None)
    assert (len(rows["s-0002"].sizes), rows["s-0002"].trend) == (30, None)


def test_a_history_of_some_hours_is_exact(tmp_path: Path) -> None:
    log = Log()
    moved(log, "ann", ("s-0001", 10), ("s-0002", 30))
    moved(log, "bob", ("s-0001", 20), ("s-0002", 40))
    store = stored(tmp_path, log)
    assert (oldest_ms(store), newest_ms(store)) == (T0 + 10, T0 + 40)
    assert size_history(store, "s-0001", T0, T0 + 40, 5) == [
        SizePoint(T0, 0, 0, 0),
        SizePoint(T0 + 10, 1, 1, 0),
        SizePoint(T0 + 20, 2, 1, 0),
        SizePoint(T0 + 30, 1, 0, 1),
        SizePoint(T0 + 40, 0, 0, 1),
    ]
    assert [point.n_users for point in size_history(store, "s-0001", T0 + 15, T0 + 25, 2)] == [1, 2]
    assert [point.n_users for point in size_history(store, "no such segment", T0, T0 + 40, 3)] == [0, 0, 0]


def test_a_history_of_days_is_of_whole_hours(tmp_path: Path) -> None:
    log = Log()
    moved(log, "ann", ("s-0001", 0), ("s-0002", 4 * DAY + 5))
    moved(log, "bob", ("s-0001", DAY))
    store = stored(tmp_path, log)
    found = size_history(store, "s-0001", T0 - DAY, T0 + 4 * DAY, 6)
    assert [(point.n_users, point.n_entered, point.n_left) for point in found] == [
        (0, 0, 0),
        (1, 1, 0),
        (2, 1, 0),
        (2, 0, 0),
        (2, 0, 0),
        (1, 0, 1),
    ]


def test_users_without_changes_were_always_there(tmp_path: Path) -> None:
    log = Log()
    log.member(user="ann", since_ms=T0)  # of a backfill, which publishes no changes
    moved(log, "bob", ("s-0001", DAY))
    store = stored(tmp_path, log)
    assert [point.n_users for point in size_history(store, "s-0001", T0, T0 + DAY, 2)] == [1, 2]


def test_members_come_page_by_page_in_the_order_of_their_bytes(tmp_path: Path) -> None:
    log, users = Log(), ["", "Z", "a", "a\x00b", "é", "日", "\U0001f600", "x" * 256]
    for user in reversed(users[1:]):
        moved(log, user, ("s-0001", 5))
    moved(log, "other", ("s-0002", 5))
    store, seen = stored(tmp_path, log), [""]
    while page := members(store, "s-0001", seen[-1] or None, 3):
        seen += [member.user for member in page]
    assert seen == sorted(users, key=str.encode)
    assert members(store, "s-0002", None, 9) == [Member("other", T0 + 5, 1, 0.5)]
    assert members(store, "s-0002", "other", 9) == members(store, "nothing", None, 9) == []
    assert members(store, "\ud800", None, 9) == members(store, "s-0002", "\ud800", 9) == []


def test_an_empty_store_has_the_reserved_ids(tmp_path: Path) -> None:
    store = stored(tmp_path, Log())
    assert [(row.id, row.n_users, row.share, row.trend) for row in segment_rows(store)] == [
        ("unknown", 0, 0.0, None),
        ("inactive", 0, 0.0, None),
    ]
    assert newest_ms(store) == oldest_ms(store) == 0
