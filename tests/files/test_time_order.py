"""Events by time, against Python's sort."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.files.event_file import FileEvent
from stream.files.opened_file import EventFileError
from stream.files.time_order import by_time, time_of
from tests.bad_input import track

DAY_MS = 86_400_000
START_MS = 1_767_225_600_000


def event(place: int, time_ms: int) -> FileEvent:
    key = b"" if place % 3 == 0 else None if place % 3 == 1 else b"k" * place
    return FileEvent(key, msgspec.json.encode({"timestamp": time_ms, "text": "x" * (place % 5)}), place)


@given(st.lists(st.integers(0, 9), max_size=60))
def test_events_come_by_time_and_those_of_one_time_in_their_order(days: list[int]) -> None:
    events = [event(place, START_MS + day * DAY_MS) for place, day in enumerate(days, 1)]
    told: list[str] = []
    assert list(by_time(iter(events), told.append)) == sorted(events, key=lambda each: days[each.place - 1])
    n_behind = sum(day < max(days[: at + 1]) for at, day in enumerate(days))
    assert [sentence.split(": ")[1].split()[0] for sentence in told] == ([str(n_behind)] if n_behind else [])


def test_an_event_without_a_time_stays_behind_the_one_before_it() -> None:
    erase, broken = FileEvent(b"ann", b'{"type":"erase","userId":"ann"}', 3), FileEvent(None, b"{", 5)
    events = [event(1, START_MS + DAY_MS), event(2, START_MS), erase, event(4, START_MS + DAY_MS), broken]
    assert [each.place for each in by_time(iter(events), lambda _: None)] == [2, 3, 1, 4, 5]


def test_the_damage_of_a_file_comes_after_the_events_before_it() -> None:
    def damaged() -> Iterator[FileEvent]:
        yield event(1, START_MS + DAY_MS)
        yield event(2, START_MS)
        raise EventFileError("cut")

    events = by_time(damaged(), lambda _: None)
    assert [next(events).place, next(events).place] == [2, 1]
    with pytest.raises(EventFileError, match="cut"):
        next(events)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b'{"timestamp": 1767225600}', START_MS),
        (b'{"timestamp": "2026-01-01"}', START_MS),
        (track(timestamp=None, originalTimestamp="2026-01-01T00:00:00Z"), START_MS),
        (b'{"specversion": "1.0", "time": "2026-01-02", "data": {"timestamp": "2026-01-01"}}', START_MS),
        (b'{"specversion": "1.0", "time": "2026-01-01", "data": {}}', START_MS),
        (b'{"timestamp": true}', None),
        (b'{"timestamp": "yesterday"}', None),
        (b'{"timestamp": {}}', None),
        (b"[]", None),
        (b"\xff", None),
        (b"[" * 100_000, None),
    ],
)
def test_the_time_of_a_message_is_that_of_its_event(value: bytes, expected: int | None) -> None:
    assert time_of(value) == expected
