"""As in production; more threads only wait for each other on matrices this small."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from threadpoolctl import threadpool_limits

from stream.training.steps import review
from tests.training.harness import Life, policy_of
from tests.training.stub_detector import PEOPLE, N, Story


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


@pytest.fixture
def story(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A story of which only what is found is made up; `policy` is that of `policy_of`."""

    def told(drawn: dict[str, str], shifts: list[float] | None = None, **policy: Any) -> Story:
        life = Life(policy_of(N, n_segments=3, **{"churn_budget": 1.0} | policy))
        life.day(PEOPLE)
        found = Story(drawn, life, shifts or [])
        monkeypatch.setattr(review, "detect_structure", found.detect_structure)
        return found

    return told
