"""A small stand-in for a schema registry, which speaks the part of Confluent's REST API that clients use.

Source: https://docs.confluent.io/platform/current/schema-registry/develop/api.html. It checks no compatibility. A test
can let it refuse a password, answer with an error, or stop and come back at the same address.
"""

from __future__ import annotations

import json
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import NAMESPACE_OID, uuid5

TYPES = ("JSON", "PROTOBUF", "AVRO")

Answer = tuple[int, Any]


@dataclass
class Store:
    """Schemas by id, and versions by subject. `serialized` has forms of schemas that are stored as text."""

    schemas: list[dict[str, Any]] = field(default_factory=list)
    subjects: dict[str, list[int]] = field(default_factory=dict)
    serialized: dict[str, str] = field(default_factory=dict)
    lock: Any = field(default_factory=Lock)

    def register(self, subject: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the schema's id and GUID, new ones for a new schema."""
        schema = {name: body[name] for name in ("schema", "schemaType", "references") if body.get(name)}
        with self.lock:
            if schema not in self.schemas:
                self.schemas.append(schema)
            number = self.schemas.index(schema) + 1
            versions = self.subjects.setdefault(subject, [])
            if number not in versions:
                versions.append(number)
        return self.described(number) | {"subject": subject, "version": versions.index(number) + 1}

    def described(self, number: int) -> dict[str, Any]:
        """Return a schema with its id and GUID."""
        schema = self.schemas[number - 1]
        return schema | {"id": number, "guid": str(uuid5(NAMESPACE_OID, json.dumps(schema)))}

    def shown(self, number: int, form: str) -> dict[str, Any]:
        """Return a schema in this form: as stored, or `serialized`."""
        found = self.described(number)
        return found | ({"schema": self.serialized.get(found["schema"], found["schema"])} if form else {})

    def answer(self, method: str, path: list[str], form: str, body: dict[str, Any]) -> Answer:
        """Return status and body of a request."""
        match method, path:
            case "GET", ["schemas", "types"]:
                return 200, TYPES
            case "GET", ["schemas", "ids", number] if 0 < int(number) <= len(self.schemas):
                return 200, self.shown(int(number), form)
            case "GET", ["schemas", "guids", guid]:
                found = [n for n in range(1, len(self.schemas) + 1) if self.described(n)["guid"] == guid]
                return (200, self.shown(found[0], form)) if found else _missing(40403, "Schema not found")
            case "POST", ["subjects", subject, "versions"] | ["subjects", subject]:
                return 200, self.register(subject, body)
            case "GET", ["subjects", subject, "versions", version] if subject in self.subjects:
                found_id = self.subjects[subject][int(version) - 1]
                return 200, self.shown(found_id, form) | {"subject": subject, "version": int(version)}
        return _missing(40403, "Schema not found")


def _missing(code: int, message: str) -> Answer:
    return 404, {"error_code": code, "message": message}


class RegistryServer:
    """A registry on 127.0.0.1. `failing` is a status for every answer; `requests` are the paths asked for."""

    def __init__(self, store: Store | None = None, password: str = "", context: ssl.SSLContext | None = None) -> None:
        self.store, self.password, self._context = store or Store(), password, context
        self.failing = 0
        self.requests: list[str] = []
        self._port = 0
        self.start()

    @property
    def url(self) -> str:
        """Its address, the same after a restart."""
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Answer, at the same port as before."""
        self._http = ThreadingHTTPServer(("127.0.0.1", self._port), self._handler())
        self._port = self._http.server_address[1]
        if self._context:
            self._http.socket = self._context.wrap_socket(self._http.socket, server_side=True)
        self._thread = Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Refuse connections."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _answer(self, method: str, target: str, authorization: str, body: dict[str, Any]) -> Answer:
        self.requests.append(target)
        if self.failing:
            return self.failing, {"error_code": self.failing, "message": "not now"}
        if self.password and authorization not in self._accepted():
            return 401, {"error_code": 401, "message": "Unauthorized"}
        parts = urlsplit(target)
        path = [unquote(each) for each in parts.path.strip("/").split("/")]
        return self.store.answer(method, path, "".join(parse_qs(parts.query).get("format", [])), body)

    def _accepted(self) -> tuple[str, str]:
        return f"Basic {b64encode(f'segue:{self.password}'.encode()).decode()}", f"Bearer {self.password}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._reply("GET")

            def do_POST(self) -> None:
                self._reply("POST")

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

            def _reply(self, method: str) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                authorization = self.headers.get("Authorization", "")
                status, answer = server._answer(method, self.path, authorization, json.loads(body or b"{}"))
                text = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        return Handler


@contextmanager
def registry_server(password: str = "", context: ssl.SSLContext | None = None) -> Iterator[RegistryServer]:
    """A running registry; `stop` and `start` are for the test."""
    server = RegistryServer(password=password, context=context)
    try:
        yield server
    finally:
        server.stop()
