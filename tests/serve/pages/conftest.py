"""The hand-made store, written once for all tests of pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.serve.pages.stored import client_of, records, store_of


@pytest.fixture(scope="package")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of the store."""
    return store_of(tmp_path_factory.mktemp("pages") / "made.store", records())


@pytest.fixture
def client(stored: Path) -> TestClient:
    """Return a client of the application, where ids are allowed."""
    return client_of(stored)
