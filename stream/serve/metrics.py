"""Prometheus metrics of the dashboard and the API, in a registry of their own, and what counts requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stream.store.freshness import Freshness, State

AREAS = ("api", "live", "metrics", "static")  # first parts of a path; every other path is a page
_STREAMING = "live"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class ServeMetrics:
    """Metrics of one process: requests by area and class of status, open live updates, and the store's freshness."""

    def __init__(self, freshness: Callable[[], Freshness]) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("segue_serve_requests", "Answers", ["area", "status"], registry=self.registry)
        self.seconds = Histogram(
            "segue_serve_request_seconds",
            "Time to the end of an answer, live updates left out",
            ["area"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.streams = Gauge("segue_serve_streams", "Browsers with live updates", registry=self.registry)
        self.registry.register(_FreshnessGauges(freshness))

    async def page(self) -> Response:
        """Return the answer to a scrape."""
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)


class _FreshnessGauges(Collector):
    """A collector of the store's freshness at the moment of a scrape."""

    def __init__(self, freshness: Callable[[], Freshness]) -> None:
        self._freshness = freshness

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = self._freshness()
        yield GaugeMetricFamily("segue_serve_lag_records", "Records that the store has not read yet", now.lag)
        behind = "Time since the store last had every record"
        yield GaugeMetricFamily("segue_serve_behind_seconds", behind, now.behind_ms / 1000)
        state = GaugeMetricFamily(
            "segue_serve_state", "1 for the state of the store, 0 for the others", labels=["state"]
        )
        for each in State:
            state.add_metric([each], each is now.state)
        yield state


class Measured:
    """An ASGI application that counts the answers of another one."""

    def __init__(self, app: ASGIApp, metrics: ServeMetrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        area, started_s, status = area_of(scope["path"]), monotonic(), 500  # an exception has no answer

        async def send_counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        if area == _STREAMING:
            self._metrics.streams.inc()
        try:
            await self._app(scope, receive, send_counted)
        finally:
            self._metrics.requests.labels(area, f"{status // 100}xx").inc()
            if area == _STREAMING:
                self._metrics.streams.dec()
            else:
                self._metrics.seconds.labels(area).observe(monotonic() - started_s)


def area_of(path: str) -> str:
    """Return the area of a path: few values, whatever is asked for."""
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    return first if first in AREAS else "pages"
