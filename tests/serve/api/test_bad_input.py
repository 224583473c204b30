"""docs/api.md says what bad input is answered with, and the application does so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from stream.explain.explanation import Explanation
from stream.serve.guard.bodies import MAX_BYTES
from stream.serve.guard.policy import SECURITY_HEADERS
from stream.serve.problems import DOCUMENTATION, MEDIA_TYPE
from tests.serve.filled import ERASED, asking, empty_store, filled_store, parts

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
API = "/api/v1"
TOKEN = "0123456789abcdef"
BEARER = {"authorization": f"Bearer {TOKEN}"}
JSON = {"content-type": "application/json"}

Ask = Callable[[TestClient], Any]


def get(path: str, **options: Any) -> Ask:
    return lambda client: client.get(API + path, headers=BEARER | options.get("headers", {}))


def post(content: bytes | str | Iterator[bytes], **headers: str) -> Ask:
    return lambda client: client.post(f"{API}/lookup", content=content, headers=BEARER | JSON | headers)


def lookalike(content: str, **headers: str) -> Ask:
    return lambda client: client.post(f"{API}/lookalike", content=content, headers=BEARER | JSON | headers)


def method(name: str, path: str = "/users/ann") -> Ask:
    return lambda client: client.request(name, API + path, headers=BEARER)


def users(*ids: str) -> str:
    return '{"users": [' + ", ".join(f'"{user}"' for user in ids) + "]}"


CASES: dict[str, Ask] = {
    "a user who was never seen": get("/users/nobody"),
    "a user who was erased": get(f"/users/{ERASED}"),
    "a user id of 257 characters": get("/users/" + "x" * 257),
    "a blank user id": get("/users/%20"),
    "no user id": get("/users/"),
    "`..` as a user id, as `%2e%2e`": get("/users/%2e%2e/changes/99"),
    "a script tag as a user id": get("/users/%3Cscript%3Ealert(1)%3C%2Fscript%3Enobody"),
    "NUL in a user id": get("/users/a%00b"),
    "an address that is not UTF-8": get("/users/%ff"),
    "half a surrogate pair in an address": get("/users/%ed%a0%80"),
    "an address of more than 8,192 bytes": get("/users/" + "x" * 9_000),
    "a change that the user does not have": get("/users/ann/changes/99"),
    "a sequence that is no number": get("/users/ann/changes/first"),
    "a sequence beyond 63 bits": get("/users/ann/changes/9223372036854775808"),
    "an explanation of a change that is not there": get("/users/ann/changes/99/explanation"),
    "a segment that is not there": get("/segments/s-9999"),
    "a model that is not there": get("/models/99"),
    "a page beyond the end": get("/users/ann/changes?before=1"),
    "`limit=0`, or above 1,000": get("/changes?limit=1001"),
    "a limit that is no number": get("/changes?limit=many"),
    "a cursor that is not of this API": get("/segments/s-0001/members?cursor=AAAA"),
    "a period that ends before it begins": get("/flows?since_ms=2&until_ms=1"),
    "a negative time": get("/flows?since_ms=-1"),
    "a status that there is not": get("/promotions?status=great"),
    "an address without anything": get("/nothing"),
    "`POST` to an address to read": method("POST"),
    "`DELETE`": method("DELETE"),
    "`OPTIONS` without CORS": method("OPTIONS"),
    "`HEAD`": method("HEAD"),
    "`GET` of `/lookup`": method("GET", "/lookup"),
    "a body that is no JSON": post('{"users": ["ann"'),
    "a body without `users`": post("{}"),
    "a body with other fields": post('{"users": [], "segments": []}'),
    "a body that nests without end": post("[" * 100_000),
    "a user that is a number": post('{"users": [7]}'),
    "half a surrogate pair in a body": post(users("\\ud800")),
    "a body that is not UTF-8": post(b'{"users": ["\xff"]}'),
    "1,001 users": post(users(*map(str, range(1_001)))),
    "no users": post(users()),
    "another content type": post(users("ann"), **{"content-type": "text/plain"}),
    "a body above 1 MiB": post(b" " * (MAX_BYTES + 1)),
    "a body above 1 MiB in chunks": lambda client: post(iter([b" " * MAX_BYTES, b" "]))(client),
    "a seed audience of nobody": lookalike('{"seeds": []}'),
    "seeds without a profile": lookalike('{"seeds": ["nobody"]}'),
    "look-alikes with `n` 0, or above 1,000": lookalike('{"seeds": ["ann"], "n": 1001}'),
    "seeds that are not a list": lookalike('{"seeds": "ann"}'),
    "seeds as plain text": lookalike('{"seeds": ["ann"]}', **{"content-type": "text/plain"}),
    "no token": lambda client: client.get(f"{API}/users/ann"),
    "a wrong token": lambda client: client.get(f"{API}/users/ann", headers={"authorization": "Bearer wrong"}),
    "another host name on loopback": get("/users/ann", headers={"host": "evil.example"}),
}
ROWS = re.findall(r"^\| (.+) \| (\d{3}) \| (?:`([\w-]+)`)? ?\|", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    def explain(user: str, sequence: int | None) -> Explanation:
        raise AssertionError("a change that is not in the store is not looked for in the log")

    made = parts(filled_store(tmp_path_factory.mktemp("store")), explain, serve_tokens=(TOKEN,))
    with asking(made) as client:
        yield client


def test_the_page_lists_exactly_these_cases() -> None:
    assert [name for name, _, _ in ROWS] == list(CASES)


@pytest.mark.parametrize(("name", "status", "problem"), ROWS, ids=[row[0] for row in ROWS])
def test_bad_input_is_answered_as_the_page_says(client: TestClient, name: str, status: str, problem: str) -> None:
    answer = CASES[name](client)
    assert answer.status_code == int(status)
    assert {name: value for name, value in answer.headers.raw if name in dict(SECURITY_HEADERS)} == dict(
        SECURITY_HEADERS
    )
    if problem:
        assert answer.headers["content-type"] == MEDIA_TYPE
        found = answer.json()
        assert found["type"] == f"{DOCUMENTATION}#{problem}"
        assert found["status"] == answer.status_code
        assert found["detail"]


def test_an_allowed_method_is_named(client: TestClient) -> None:
    assert method("OPTIONS")(client).headers["allow"] == "GET, HEAD"
    assert method("GET", "/lookup")(client).headers["allow"] == "POST"


@pytest.mark.parametrize(
    "path",
    ["/segments", "/flows", "/changes", "/about-to-move", "/lineage", "/promotions", "/models", "/health/history"],
)
def test_an_empty_system_has_empty_answers(tmp_path: Path, path: str) -> None:
    with asking(parts(empty_store(tmp_path))) as client:
        answer = client.get(API + path)
    assert answer.status_code == 200
    assert [row for row in answer.json()["items"] if row.get("id") not in ("unknown", "inactive")] == []


def test_the_page_names_every_operation(client: TestClient) -> None:
    paths = client.get(f"{API}/openapi.json", headers=BEARER).json()["paths"]
    named = set(re.findall(r"^\| `(GET|POST) (/[^`?]*)`", PAGE, re.MULTILINE))
    assert named == {(verb.upper(), path.removeprefix(API)) for path, verbs in paths.items() for verb in verbs}
