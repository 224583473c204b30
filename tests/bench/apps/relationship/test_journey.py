"""The year to the application: purchases as events, profiles by moment, and dates whose outcome is over."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bench.apps.published import Published
from bench.apps.relationship import journey as under_test
from bench.apps.relationship.journey import asked, journey, moments
from stream.core.policy import DAY_MS
from stream.files.complete_journey import purchases
from tests.apps.shop import profile


def test_the_application_gets_every_purchase_and_the_profiles_of_each_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    def published(times_ms: Sequence[int], *_: object) -> list[Published]:
        return [Published(at, {"1": profile("1", time_ms=at)}, {}) for at in times_ms]

    monkeypatch.setattr(under_test, "published_at", published)
    customers = journey({}, [1, 2]).customers
    n_items = {user: each.between(0, 2**62)[0] for user, each in customers.spending.items()}
    assert sum(n_items.values()) == len(list(purchases(households=[1, 2])))
    assert set(n_items) == {"1", "2"}
    assert [customers.profiles_at(at)["1"].time_ms for at in moments()] == moments()


def test_a_date_is_judged_only_when_its_outcome_is_over_with_the_year() -> None:
    weeks = 7 * DAY_MS
    assert set(asked(8 * weeks)) < set(moments())
    assert [len(asked(length)) for length in (8 * weeks, 91 * DAY_MS, 53 * weeks)] == [5, 4, 0]
