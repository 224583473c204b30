"""Answers are counted by area and class, whatever is asked for, and a scrape tells how old the figures are."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from stream.serve.app import build_app
from stream.serve.identity import Identity
from stream.serve.metrics import Measured, ServeMetrics, area_of
from stream.serve.parts import Parts
from stream.settings import ServeSettings
from stream.store.freshness import Freshness, State


def freshness() -> Freshness:
    return Freshness(State.CATCHING_UP, 1_200, 90_500, 0, 7, "")


def value(metrics: ServeMetrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


async def asked(metrics: ServeMetrics, path: str, status: int | None = 200) -> None:
    """One request; a status of None is an exception before any answer."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if status is None:
            raise LookupError
        if area_of(path) == "live":
            assert value(metrics, "segue_serve_streams") == 1
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        """Take the answer."""

    await Measured(app, metrics)({"type": "http", "path": path}, receive, send)


@pytest.mark.parametrize(
    ("path", "area"),
    [
        *[("/api/v1/users/7", "api"), ("/live", "live"), ("/static/x.js", "static"), ("/metrics", "metrics")],
        *[(path, "pages") for path in ("/", "", "/apis", "/users/api", "*", "//api", "/api%2fv1")],
    ],
)
def test_a_path_has_one_of_five_areas(path: str, area: str) -> None:
    assert area_of(path) == area


def test_answers_are_counted_by_area_and_class_of_status() -> None:
    metrics = ServeMetrics(freshness)
    for path, status in [("/api/v1/x", 200), ("/api/v1/y", 204), ("/api/v1/z", 404), ("/segments", 200)]:
        asyncio.run(asked(metrics, path, status))
    found = [value(metrics, "segue_serve_requests_total", area="api", status=each) for each in ("2xx", "4xx", "5xx")]
    assert found == [2, 1, None]
    assert value(metrics, "segue_serve_requests_total", area="pages", status="2xx") == 1
    assert value(metrics, "segue_serve_request_seconds_count", area="api") == 3


def test_an_exception_counts_as_an_error() -> None:
    metrics = ServeMetrics(freshness)
    with pytest.raises(LookupError):
        asyncio.run(asked(metrics, "/api/v1/x", None))
    assert value(metrics, "segue_serve_requests_total", area="api", status="5xx") == 1


def test_live_updates_are_open_until_they_end_and_have_no_duration() -> None:
    metrics = ServeMetrics(freshness)
    asyncio.run(asked(metrics, "/live"))
    assert value(metrics, "segue_serve_streams") == 0
    assert value(metrics, "segue_serve_request_seconds_count", area="live") is None


def test_a_scrape_has_the_freshness_of_its_moment(tmp_path: Path) -> None:
    identity = Identity(member_ids=False, salt="segue", key=b"k" * 32)
    parts = Parts(tmp_path / "store.sqlite", freshness, ServeSettings(), identity, lambda: 0)
    client = TestClient(build_app(parts), base_url="http://127.0.0.1")
    client.get("/nothing")
    lines = client.get("/metrics").text.splitlines()
    for line in (
        "segue_serve_lag_records 1200.0",
        "segue_serve_behind_seconds 90.5",
        'segue_serve_state{state="catching_up"} 1.0',
        'segue_serve_state{state="live"} 0.0',
        'segue_serve_requests_total{area="pages",status="4xx"} 1.0',
    ):
        assert line in lines
