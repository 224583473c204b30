"""Fixtures of every ring."""

import uuid
from collections.abc import Callable

import pytest


@pytest.fixture
def fresh_name() -> Callable[[str], str]:
    """Makes names that no other test or run uses, for topics, groups and transactional ids."""

    def make(prefix: str) -> str:
        return f"{prefix}-{uuid.uuid4().hex[:10]}"

    return make
