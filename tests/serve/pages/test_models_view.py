"""Decisions on models, and lives of segments."""

from __future__ import annotations

from stream.serve.pages.models_view import TONES, timeline_of
from stream.training.values.lineage import LineageEvent
from stream.training.values.promotion import Status
from stream.wire.lineage import SegmentLineage
from tests.serve.pages.records import NAMES


def event(segment: str, kind: LineageEvent, time_ms: int) -> SegmentLineage:
    return SegmentLineage(segment, kind, (), 1, 0.1, (), (), time_ms)


def test_every_status_has_a_tone() -> None:
    assert set(TONES) == set(Status)


def test_an_event_ends_the_part_of_life_before_it() -> None:
    lives = timeline_of(
        [event("s-0001", LineageEvent.SPLIT, 5), event("s-0002", LineageEvent.BORN, 5),
         event("s-0001", LineageEvent.BORN, 1)],
        NAMES,
    )  # fmt: skip
    assert [(life.segment, life.event, life.time_ms, life.end_ms) for life in lives] == [
        ("s-0001", "born", 1, 5),
        ("s-0001", "split", 5, None),
        ("s-0002", "born", 5, None),
    ]


def test_nothing_lasts_after_a_retirement() -> None:
    assert timeline_of([event("s-0001", LineageEvent.RETIRED, 7)], NAMES)[0].end_ms == 7
