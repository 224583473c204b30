"""A bucket allows a burst of twice the rate, then the rate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.serve.guard.buckets import BURST_S, N_CLIENTS_MAX, Buckets


def test_a_burst_is_allowed_then_the_rate() -> None:
    buckets = Buckets(2.0)
    assert [buckets.wait_s("a", 0.0) for _ in range(5)] == [0.0, 0.0, 0.0, 0.0, 0.5]
    assert buckets.wait_s("a", 0.25) == 0.25
    assert buckets.wait_s("a", 0.5) == 0.0
    assert buckets.wait_s("b", 0.5) == 0.0


@given(st.lists(st.floats(0, 10), min_size=1, max_size=200), st.floats(0.1, 20))
def test_in_any_time_no_more_than_burst_and_rate_are_allowed(gaps: list[float], rate: float) -> None:
    buckets, now, allowed = Buckets(rate), 0.0, 0
    for gap in gaps:
        now += gap / 10
        allowed += buckets.wait_s("a", now) == 0.0
    assert allowed <= max(rate * BURST_S, 1.0) + now * rate + 1e-6


def test_after_the_wait_a_request_is_allowed() -> None:
    buckets = Buckets(0.1)
    assert buckets.wait_s("a", 0.0) == 0.0
    wait_s = buckets.wait_s("a", 1.0)
    assert buckets.wait_s("a", 1.0 + wait_s) == pytest.approx(0.0)


def test_no_more_clients_are_kept_than_the_limit() -> None:
    buckets = Buckets(0.25)
    for client in range(N_CLIENTS_MAX + 1):
        buckets.wait_s(client, 0.0)
    assert buckets.wait_s(1, 0.0) > 0.0
    assert buckets.wait_s(0, 0.0) == 0.0
