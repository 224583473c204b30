"""Planted users, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.export.planted_users import write_users


@pytest.fixture(scope="session")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of user events with planted tastes."""
    return write_users(tmp_path_factory.mktemp("users") / "events.jsonl")
