"""The application answers every request with security headers, and every error as a problem."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from stream.serve.app import build_app
from stream.serve.guard import POLICY
from stream.serve.identity import Identity
from stream.serve.parts import Parts
from stream.settings import ServeSettings


def client(path: Path) -> TestClient:
    identity = Identity(member_ids=False, salt="segue", key=b"key")
    parts = Parts(path / "store.sqlite", lambda: None, ServeSettings(), identity, lambda: 0)
    return TestClient(build_app(parts), base_url="http://127.0.0.1", raise_server_exceptions=False)


def test_an_address_without_anything_is_a_problem(tmp_path: Path) -> None:
    answer = client(tmp_path).get("/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/api/v1/docs#no-such-page"


def test_scripts_are_served_under_a_strict_policy(tmp_path: Path) -> None:
    answer = client(tmp_path).get("/static/vendor/echarts/echarts.min.js")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
