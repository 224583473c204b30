"""The choice between a file, standard input and the demo data, and their order."""

from __future__ import annotations

import io
import sys
from itertools import islice
from pathlib import Path

import pytest

from stream.files.layout import DETECT, Layout
from stream.files.sources import events_of, ignore, placed_events

LATER, EARLIER = b'{"user_id":"7","timestamp":"2026-01-02"}', b'{"user_id":"8","timestamp":"2026-01-01"}'


def test_a_file_is_put_in_the_order_of_time_unless_its_own_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(LATER + b"\n" + EARLIER)
    told: list[str] = []
    assert list(events_of(str(path), tell=told.append)) == [(b"8", EARLIER), (b"7", LATER)]
    assert "1 were behind a later one" in told[0]
    assert [event.place for event in placed_events(str(path))] == [2, 1]
    assert list(events_of(str(path), Layout(sort=False), pytest.fail)) == [(b"7", LATER), (b"8", EARLIER)]


@pytest.mark.parametrize(("layout", "expected"), [(DETECT, [b"7", b"8"]), (Layout(sort=True), [b"8", b"7"])])
def test_standard_input_keeps_its_order_unless_it_is_to_be_sorted(
    layout: Layout, expected: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LATER + b"\n" + EARLIER)))
    assert [key for key, _ in events_of("-", layout, ignore)] == expected


def test_the_demo_data_begins_with_the_traits() -> None:
    assert [event.place for event in islice(placed_events("demo"), 3)] == [1, 2, 3]
    assert b"identify" in next(placed_events("demo")).value
