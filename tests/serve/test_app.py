"""The application answers every error as a problem, faults of the server included."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from stream.serve.app import build_app
from stream.serve.guard.policy import CONTENT_POLICY
from tests.serve.filled import asking, empty_store, parts


def test_scripts_are_served_under_the_policy(tmp_path: Path) -> None:
    with asking(parts(empty_store(tmp_path))) as client:
        answer = client.get("/static/vendor/echarts/echarts.min.js")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == CONTENT_POLICY


def test_an_unforeseen_fault_is_a_problem_under_the_policy_and_reaches_the_log(tmp_path: Path) -> None:
    app = build_app(parts(empty_store(tmp_path)))

    @app.get("/fault")
    def fault() -> None:
        raise ZeroDivisionError("secret")

    client = TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)
    answer = client.get("/fault")
    assert (answer.status_code, answer.json()["type"]) == (500, "/api/v1/docs#internal-error")
    assert "secret" not in answer.text
    assert answer.headers["content-security-policy"] == CONTENT_POLICY
    with pytest.raises(ZeroDivisionError):
        TestClient(app, base_url="http://127.0.0.1").get("/fault")


def test_without_a_store_every_question_says_how_to_make_one(tmp_path: Path) -> None:
    with asking(parts(tmp_path / "missing.sqlite")) as client:
        for address in ("/api/v1/users/ann", "/api/v1/segments", "/healthz"):
            answer = client.get(address)
            assert (answer.status_code, answer.json()["type"]) == (503, "/api/v1/docs#no-store")
            assert "segue serve --store" in answer.json()["detail"]
            assert answer.headers["retry-after"]
