"""A tiny endpoint over real HTTP: it takes batches, fails, stalls, hangs up and asks to wait, as a test says.

It keeps the audiences as a customer's system would: each message once by its id, in the order of arrival.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock
from typing import Any

from tests.local_http import serving


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to one request. Status 0 hangs up. `until` stalls the reply; `takes` says whether the batch counts."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    until: Event | None = None
    takes: bool | None = None

    @property
    def is_taken(self) -> bool:
        """True if the receiver believes that it has the batch."""
        return self.status < 300 if self.takes is None else self.takes


OK = Reply()
Script = Callable[[list[dict[str, Any]]], Reply]  # the messages of a batch → the reply


@dataclass(slots=True)
class Receiver:
    """A receiver. `replies` are given in order, then `otherwise`; `requests` has every batch that came in."""

    url: str = ""
    replies: list[Reply] = field(default_factory=list)
    otherwise: Script = lambda _: OK
    requests: list[list[dict[str, Any]]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    audiences: dict[str, set[str]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def take(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Take in a request, and return the reply to it."""
        batch = json.loads(body)["batch"]
        with self.lock:
            self.requests.append(batch)
            self.bodies.append(body)
            self.keys.append(headers["Idempotency-Key"])
            self.headers.append({name.lower(): value for name, value in headers.items()})
            reply = self.replies.pop(0) if self.replies else self.otherwise(batch)
            if reply.is_taken:
                self._apply(batch)
        return reply

    def members(self, audience: str) -> set[str]:
        """Return the users in an audience, as the receiver believes."""
        with self.lock:
            return set(self.audiences.get(audience, ()))

    def users(self) -> set[str]:
        """Return every user that any request ever named."""
        with self.lock:
            return {each["userId"] for batch in self.requests for each in batch}

    def told(self, user: str) -> list[str]:
        """Return what requests said of a user, in order: `+s-0001` or `-s-0001`."""
        with self.lock:
            return [
                ("+" if each["event"] == "Audience Entered" else "-") + each["properties"]["audience_key"]
                for batch in self.requests
                for each in batch
                if each["userId"] == user
            ]

    def n_requests(self) -> int:
        """Return the number of requests so far."""
        with self.lock:
            return len(self.requests)

    def _apply(self, batch: list[dict[str, Any]]) -> None:
        for each in batch:
            if each["messageId"] in self.seen:
                continue
            self.seen.add(each["messageId"])
            members = self.audiences.setdefault(each["properties"]["audience_key"], set())
            if each["event"] == "Audience Entered":
                members.add(each["userId"])
            else:
                members.discard(each["userId"])


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Write nothing: a client that has gone is no error here."""


@contextmanager
def receiving(*replies: Reply) -> Iterator[Receiver]:
    """Run a receiver on a free port of this machine."""
    receiver = Receiver(replies=list(replies))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            reply = receiver.take(self.rfile.read(int(self.headers["Content-Length"])), dict(self.headers.items()))
            if reply.until is not None:
                reply.until.wait(60)
            if reply.status == 0:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the parent's name
            """Write nothing."""

    with serving(Handler, _Server) as url:
        receiver.url = f"{url}/audiences"
        yield receiver
