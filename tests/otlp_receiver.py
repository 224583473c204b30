"""A collector of traces for tests: OTLP over HTTP on a free port, with the requests' protobuf decoded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.local_http import serving


@dataclass
class Receiver:
    """What a collector got. `status` is its answer to the next request; refused requests are counted alone."""

    url: str = ""
    status: int = 200
    n_refused: int = 0
    requests: list[ExportTraceServiceRequest] = field(default_factory=list)

    def spans(self) -> list[Any]:
        """Every span, in order of arrival."""
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@contextmanager
def otlp_receiver() -> Iterator[Receiver]:
    """A running collector."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            assert self.path == "/v1/traces"
            assert self.headers["content-type"] == "application/x-protobuf"
            if receiver.status == 200:
                receiver.requests.append(ExportTraceServiceRequest.FromString(body))
            else:
                receiver.n_refused += 1
            self.send_response(receiver.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the parent's name
            """Stay silent."""

    with serving(Handler, ThreadingHTTPServer) as receiver.url:
        yield receiver


def attributes(span: Any) -> dict[str, str | int]:
    """Return the attributes of a decoded span or resource."""
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes}
