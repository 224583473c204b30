"""Health of the segments, and of the store that answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from stream.wire.topics import SEGMENT_HEALTH
from tests.published_records import WARNINGS, channel_of, published_records
from tests.serve.filled import asking, empty_store, parts, trained_store

API = "/api/v1"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with asking(parts(trained_store(tmp_path_factory.mktemp("store")))) as client:
        yield client


def newest_first(channel: str) -> list[object]:
    return [json.loads(r.value) for r in reversed(published_records()) if channel_of(r) == channel and r.value]


def test_health_and_warnings_are_those_of_the_topic(client: TestClient) -> None:
    answer = client.get(f"{API}/health").json()
    assert answer["health"] == newest_first(SEGMENT_HEALTH)[0]
    assert answer["warnings"] == newest_first(WARNINGS)
    assert client.get(f"{API}/health/history").json()["items"] == newest_first(SEGMENT_HEALTH)


def test_freshness_is_the_follower_s_with_the_clock_of_the_stream(client: TestClient) -> None:
    answer = client.get(f"{API}/freshness").json()
    assert (answer["state"], answer["lag"], answer["behind_ms"]) == ("live", 3, 1_500)


def test_an_empty_system_has_no_health_yet_and_is_ready(tmp_path: Path) -> None:
    with asking(parts(empty_store(tmp_path))) as client:
        assert client.get(f"{API}/health").json() == {"health": None, "warnings": []}
        assert client.get(f"{API}/freshness").json()["newest_ms"] == 0
        ready = client.get("/healthz")
    assert (ready.status_code, ready.json()["status"], ready.json()["state"]) == (200, "ok", "live")
