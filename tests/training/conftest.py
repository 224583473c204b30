"""Fixtures of the training tests. One thread, as in production."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from threadpoolctl import threadpool_limits

from tests.training.harness import TrainerHarness, policy_of
from tests.training.stub_detector import USERS, N, Scenario


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


@pytest.fixture
def scenario_of() -> Any:
    """Return a factory of scenarios in which a stub detects the structure; `policy` is that of `policy_of`."""

    def make(drawn: dict[str, str], shifts: list[float] | None = None, **policy: Any) -> Scenario:
        trainer = TrainerHarness(policy_of(N, n_segments=3, **{"churn_budget": 1.0} | policy))
        trainer.day(USERS)
        found = Scenario(drawn, trainer, shifts or [])
        trainer.detect = found.detect_structure
        return found

    return make
