"""Segments, models and events in a store: the newest record, the serving model, each event once."""

from __future__ import annotations

from pathlib import Path

import msgspec

from stream.store.queries.health import health, health_history, warnings
from stream.store.queries.models import lineage, model, models, promotions, serving_decision, serving_model
from stream.store.queries.segments import segment_record, segment_rows
from stream.store.store import Store
from stream.wire.promotions import SERVING_KEY
from stream.wire.topics import (
    SEGMENT_HEALTH,
    SEGMENT_LINEAGE,
    SEGMENT_MODEL,
    SEGMENT_PROMOTIONS,
    SEGMENTS,
)
from tests.published_records import published_records
from tests.store.builders import T0, Log, stored

TRAINERS = (SEGMENTS, SEGMENT_MODEL, SEGMENT_LINEAGE, SEGMENT_PROMOTIONS, SEGMENT_HEALTH)


def of_jobs(tmp_path: Path) -> Store:
    """A store of all that a real trainer publishes."""
    log = Log()
    for each in published_records():
        if each.topic in TRAINERS:
            log.add(each.topic, each.key, each.value, headers=each.headers)
    return stored(tmp_path, log)


def values(topic: str, key: bytes | None = None) -> list[bytes]:
    """The published values of a topic, the newest first."""
    found = [each for each in published_records() if each.topic == topic and (key is None or each.key == key)]
    return [each.value for each in reversed(found) if each.value is not None]


def test_events_are_returned_as_they_were_the_newest_first(tmp_path: Path) -> None:
    store = of_jobs(tmp_path)
    assert lineage(store, 100) == values(SEGMENT_LINEAGE)
    assert promotions(store, 100) == values(SEGMENT_PROMOTIONS)
    assert health_history(store, 100) == values(SEGMENT_HEALTH, b"health")
    assert health(store) == values(SEGMENT_HEALTH, b"health")[0]
    assert warnings(store, 1) == values(SEGMENT_HEALTH, b"warning")[:1]
    promoted = [each for each in values(SEGMENT_PROMOTIONS) if msgspec.json.decode(each)["status"] == "promoted"]
    assert promotions(store, 100, "promoted") == promoted
    assert promotions(store, 100, "nonsense") == []


def test_the_serving_model_is_that_of_the_last_decision(tmp_path: Path) -> None:
    store = of_jobs(tmp_path)
    decision, serving = serving_decision(store), serving_model(store)
    assert decision is not None
    assert serving is not None
    assert (
        serving.version
        == decision.segment_model
        == msgspec.json.decode(values(SEGMENT_MODEL, SERVING_KEY)[0])["segment_model"]
    )
    assert [each.version for each in models(store) if each.serves] == [serving.version]
    assert model(store, 99) is None


def test_a_model_that_cannot_be_read_is_listed_with_the_reason_and_does_not_serve(tmp_path: Path) -> None:
    log = Log()
    log.add(SEGMENT_MODEL, "7", b"{}")
    log.add(SEGMENT_MODEL, "8", None)
    log.add(SEGMENT_MODEL, "eight", b"{}")
    store = stored(tmp_path, log)
    [found] = models(store)
    assert (found.version, found.serves) == (7, False)
    assert "segment model" in found.refused
    assert (model(store, 7), serving_model(store)) == (None, None)
    assert store.rows("SELECT n FROM damaged") == [(1,)]


def test_the_name_of_a_segment_is_the_newest(tmp_path: Path) -> None:
    log = Log()
    log.entry(segment="s-0001", name="Old")
    newest = log.entry(segment="s-0001", name="<script>alert(1)</script>")
    log.entry(segment="s-0002", name="Gone", retired=True)
    log.entry(segment="s-0003", name="Deleted")
    log.add(SEGMENTS, "s-0003", None)
    log.add(SEGMENTS, "s-0004", {"id": "s-0005"})
    log.member(user="ann", segment="vip")
    store = stored(tmp_path, log)
    shown = {row.id: row.name for row in segment_rows(store)}
    assert shown == {
        "vip": "vip",
        "s-0001": "<script>alert(1)</script>",
        "unknown": "unknown",
        "inactive": "inactive",
    }
    assert segment_record(store, "s-0001") == newest.value
    assert segment_record(store, "s-0003") is segment_record(store, "\ud800") is None


def test_a_repeated_event_counts_once_by_its_id_or_its_value(tmp_path: Path) -> None:
    log = Log()
    for identity in (b"a", b"a", b"b"):
        log.add(SEGMENT_HEALTH, "warning", {"time_ms": T0}, headers=[("ce_id", identity)])
    for time_ms in (T0, T0, T0 + 1):
        log.add(SEGMENT_HEALTH, "health", {"time_ms": time_ms})
    store = stored(tmp_path, log)
    assert (len(warnings(store, 9)), len(health_history(store, 9))) == (2, 2)
