"""The guard lets a request through, or answers with a problem; its headers are on every answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from stream.serve.guard.guard import Guard
from stream.serve.guard.policy import CONTENT_POLICY, SECURITY_HEADERS
from stream.settings import ServeSettings

TOKEN = "0123456789abcdef"
BEARER = {"authorization": f"Bearer {TOKEN}"}


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that answers method, path and body."""
    request = Request(scope, receive)
    body = (await request.body()).decode()
    await PlainTextResponse(f"{scope['method']} {scope['path']} {body}")(scope, receive, send)


def client(times: Iterator[float] | None = None, **settings: Any) -> TestClient:
    clock = (lambda: 0.0) if times is None else (lambda: next(times))
    return TestClient(Guard(echo, ServeSettings(**settings), clock), base_url="http://127.0.0.1:8765")


def test_the_policy_allows_nothing_inline_and_no_other_host() -> None:
    assert "unsafe" not in CONTENT_POLICY
    assert "default-src 'none'" in CONTENT_POLICY
    assert not [part for part in CONTENT_POLICY.split() if part.startswith(("http", "//", "*"))]


@pytest.mark.parametrize("headers", [{}, {"host": "evil.example"}])
def test_every_answer_has_the_security_headers(headers: dict[str, str]) -> None:
    answer = client().get("/x", headers=headers)
    assert {name: value for name, value in answer.headers.raw if name in dict(SECURITY_HEADERS)} == dict(
        SECURITY_HEADERS
    )


def test_head_is_get_without_a_body() -> None:
    answer = client().head("/x")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "7")


def test_a_foreign_host_name_is_refused() -> None:
    answer = client().get("/x", headers={"host": "evil.example"})
    assert (answer.status_code, answer.json()["type"]) == (421, "/api/v1/docs#wrong-host")


def test_with_tokens_a_request_needs_one() -> None:
    asked = client(serve_tokens=("another-token-0001", TOKEN))
    refused = asked.get("/x")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert asked.get("/x", headers={"authorization": "Bearer wrong"}).status_code == 401
    assert asked.get("/x", headers=BEARER).status_code == 200
    assert asked.get("/x", auth=("anyone", TOKEN)).status_code == 200
    assert asked.get("/healthz").status_code == 200
    assert asked.get("/healthz/").status_code == 401


def test_too_many_requests_are_told_when_to_come_back() -> None:
    asked = client(iter([0.0, 0.0, 0.0, 0.5]), serve_rate=1.0)
    assert [asked.get("/x").status_code for _ in range(2)] == [200, 200]
    refused = asked.get("/x")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")


def test_wrong_tokens_count_for_the_address_and_right_ones_for_the_token() -> None:
    asked = client(serve_rate=0.5, serve_tokens=(TOKEN, "another-token-0001"))
    assert [asked.get("/x").status_code for _ in range(2)] == [401, 429]
    assert [asked.get("/x", headers=BEARER).status_code for _ in range(2)] == [200, 429]
    other = {"authorization": "Bearer another-token-0001"}
    assert asked.get("/x", headers=other).status_code == 200


def test_a_body_beyond_the_limit_is_refused_unread() -> None:
    answer = client().post("/x", content=b"a" * 1_048_577)
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")
    assert client().post("/x", content=b"a" * 1_048_576).status_code == 200


def test_a_path_that_is_not_utf_8_is_refused() -> None:
    assert client().get("/%ff").status_code == 400
    assert client().get("/a%2Fb").text == "GET /a%2Fb "


def test_a_preflight_needs_no_token_and_the_request_does() -> None:
    asked = client(serve_tokens=(TOKEN,), serve_origins=("https://shop.example",))
    origin = {"origin": "https://shop.example"}
    preflight = asked.options("/x", headers=origin | {"access-control-request-method": "GET"})
    assert (preflight.status_code, preflight.content) == (204, b"")
    refused = asked.get("/x", headers=origin)
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, "https://shop.example")
    assert "access-control-allow-origin" not in asked.get("/x", headers=BEARER).headers
