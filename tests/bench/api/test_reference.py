"""The reference answers what `segue serve` answers, for a user."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from bench.api.reference import application
from tests.serve.filled import KNOWN, asking, filled_store, parts


def test_both_answer_the_same_bytes(tmp_path: Path) -> None:
    path = filled_store(tmp_path)
    address = f"/api/v1/users/{KNOWN}"
    with asking(parts(path)) as served, TestClient(application(path)) as bare:
        assert served.get(address).content == bare.get(address).content
        assert served.get("/api/v1/users/nobody").status_code == bare.get("/api/v1/users/nobody").status_code == 404
