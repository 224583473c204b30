"""`/metrics`, `/healthz` and `/readyz` over a real socket."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import NamedTuple

import pytest
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.parser import text_string_to_metric_families

from stream.observability.http import HttpPortError, HttpServer
from stream.observability.liveness import Liveness
from stream.runtime.events import Assigned, Delivered, Restored

HOST = "127.0.0.1"
STALL_S = 60.0
DEADLINE_S = 120.0


class Answer(NamedTuple):
    """An HTTP response."""

    status: int
    content_type: str
    body: str


class Served(NamedTuple):
    """A server with the health it tells of, and the clock of that."""

    server: HttpServer
    health: Liveness
    clock: list[float]

    def get(self, path: str) -> Answer:
        """One request on a connection of its own."""
        connection = HTTPConnection(HOST, self.server.port, timeout=DEADLINE_S)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return Answer(answer.status, answer.getheader("Content-Type", ""), answer.read().decode())
        finally:
            connection.close()


@pytest.fixture
def served() -> Iterator[Served]:
    registry, clock = CollectorRegistry(), [0.0]
    Counter("segue_events", "Records", registry=registry).inc(3)
    health = Liveness(STALL_S, lambda: clock[0])
    server = HttpServer(HOST, 0, registry, health)
    yield Served(server, health, clock)
    server.close()


def test_a_worker_that_restores_is_alive_and_not_ready(served: Served) -> None:
    served.health(Assigned("segment", [0]))
    assert (served.get("/healthz").status, served.get("/readyz").status) == (200, 503)
    served.health(Restored("segment", 0))
    assert (served.get("/healthz").status, served.get("/readyz").status) == (200, 200)


def test_a_stalled_worker_is_unhealthy_until_it_makes_progress(served: Served) -> None:
    served.health(Delivered("segment", [], 0, 0, {0: 9}, {0: 1}))
    served.clock[0] += STALL_S
    assert served.get("/healthz").status == 503
    served.health(Delivered("segment", [], 0, 0, {0: 8}, {0: 2}))
    assert served.get("/healthz").status == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_check_reports_its_figures(path: str, served: Served) -> None:
    answer = served.get(path)
    assert answer.content_type == "application/json"
    assert json.loads(answer.body) == served.health.report()


def test_metrics_are_in_the_format_of_prometheus(served: Served) -> None:
    answer = served.get("/metrics")
    assert (answer.status, answer.content_type.split(";")[0]) == (200, "text/plain")
    samples = [sample for family in text_string_to_metric_families(answer.body) for sample in family.samples]
    assert ("segue_events_total", 3.0) in [(sample.name, sample.value) for sample in samples]


def test_a_query_changes_nothing(served: Served) -> None:
    assert served.get("/healthz?verbose=1").status == 200


@pytest.mark.parametrize("path", ["/", "/health", "/metrics/", "/../etc/passwd"])
def test_any_other_path_is_not_found(path: str, served: Served) -> None:
    assert served.get(path).status == 404


def test_requests_are_answered_in_parallel(served: Served) -> None:
    with socket.create_connection((HOST, served.server.port), timeout=DEADLINE_S):  # says nothing, and is waited for
        assert served.get("/healthz").status == 200


def test_a_port_in_use_is_named_with_the_remedy(served: Served) -> None:
    port = served.server.port
    with pytest.raises(HttpPortError, match=rf"can not listen on {HOST}:{port} .* \(SEGUE_HTTP_PORT\)"):
        HttpServer(HOST, port, CollectorRegistry(), Liveness())


def test_a_closed_server_releases_its_port() -> None:
    first = HttpServer(HOST, 0, CollectorRegistry(), Liveness())
    first.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, first.port), timeout=DEADLINE_S)
    HttpServer(HOST, first.port, CollectorRegistry(), Liveness()).close()
