"""Errors are pages for browsers, and problems for programs."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from stream.serve.app import build_app
from tests.serve.filled import asking, empty_store, parts
from tests.serve.pages.html_check import faults_of

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize(("address", "status"), [("/no-such-page", 404), ("/segments/", 404), ("/%2e%2e/etc", 400)])
def test_a_browser_gets_a_page_and_a_program_a_problem(tmp_path: Path, address: str, status: int) -> None:
    with asking(parts(empty_store(tmp_path))) as client:
        page, problem = client.get(address, headers=BROWSER), client.get(address)
    assert page.status_code == problem.status_code
    assert page.status_code in (status, 404)
    assert faults_of(page.text) == []
    assert problem.headers["content-type"] == "application/problem+json"


def test_the_api_answers_a_browser_with_problems_too(tmp_path: Path) -> None:
    with asking(parts(empty_store(tmp_path))) as client:
        answer = client.get("/api/v1/no-such-thing", headers=BROWSER)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_method_that_is_not_allowed_keeps_its_header(tmp_path: Path) -> None:
    with asking(parts(empty_store(tmp_path))) as client:
        answer = client.post("/segments", headers=BROWSER)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert "Pages are read with GET." in answer.text


def test_a_fault_is_a_page_that_tells_no_secret(tmp_path: Path) -> None:
    app = build_app(parts(empty_store(tmp_path)))

    @app.get("/fault")
    def fault() -> None:
        raise ZeroDivisionError("secret")

    answer = TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False).get("/fault", headers=BROWSER)
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert faults_of(answer.text) == []


def test_a_browser_without_a_token_gets_a_page_that_asks_for_one(tmp_path: Path) -> None:
    with asking(parts(empty_store(tmp_path), serve_tokens=("a" * 16,))) as client:
        answer = client.get("/", headers=BROWSER)
    assert (answer.status_code, faults_of(answer.text)) == (401, [])
    assert "Basic" in answer.headers["www-authenticate"]
    assert "SEGUE_SERVE_TOKENS" in answer.text
