"""Fixtures of the training tests. One thread, as in production."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from threadpoolctl import threadpool_limits

from tests.training.harness import TrainerHarness, policy_of
from tests.training.stub_detector import PEOPLE, N, Story


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


@pytest.fixture
def story() -> Any:
    """Return a factory of stories in which a stub detects the structure; `policy` is that of `policy_of`."""

    def told(drawn: dict[str, str], shifts: list[float] | None = None, **policy: Any) -> Story:
        life = TrainerHarness(policy_of(N, n_segments=3, **{"churn_budget": 1.0} | policy))
        life.day(PEOPLE)
        found = Story(drawn, life, shifts or [])
        life.detect = found.detect_structure
        return found

    return told
