from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.event import Event
from stream.core.features import GENERAL, registry
from stream.core.policy import DAY_MS
from tests.core.builders import POLICY, START_MS, event_at, stack_windows, window_with
from tests.specification.features import explicit_features, features_of, kind_code

MONTH = replace(POLICY, window_ms=30 * DAY_MS, window_items=6)
HOUR_MS = 3_600_000


def value(name: str, *events: Event, now_ms: int) -> float:
    """One feature of one window."""
    compute = features_of(MONTH)[name]
    (one,) = compute(stack_windows([window_with(*events, policy=MONTH)], now_ms, MONTH)).tolist()
    return float(one)


def test_the_features_are_those_of_the_registry_in_its_order() -> None:
    assert list(features_of(POLICY)) == list(registry(POLICY))


def test_kinds_without_a_name_share_the_last_code() -> None:
    assert [kind_code(POLICY, kind) for kind in ("view", "buy", "wink", "")] == [0, 1, 2, 2]


# Mornings, 06:00 UTC, have the largest sine of the hour; midnight has the largest cosine.
@pytest.mark.parametrize(
    ("name", "hour", "words"),
    [
        ("hour_sin", 6, "mornings"),
        ("hour_sin", 18, "evenings"),
        ("hour_cos", 0, "nights"),
        ("hour_cos", 12, "middays"),
    ],
)
def test_the_words_of_hours_are_true_of_the_hour(name: str, hour: int, words: str) -> None:
    midnight = DAY_MS - START_MS % DAY_MS
    raw = value(name, event_at(midnight + hour * HOUR_MS), now_ms=midnight + DAY_MS)
    assert GENERAL[name].words(raw, 2 * raw) == words


def test_recency_counts_days_since_the_newest_item() -> None:
    assert value("recency", event_at(0), event_at(DAY_MS), now_ms=4 * DAY_MS) == pytest.approx(math.log(1 + 3))
    assert value("recency", event_at(5), now_ms=0) == 0.0  # from the future: new


def test_frequency_counts_items_a_day_with_the_first_day_whole() -> None:
    assert value("frequency", event_at(0), event_at(1), now_ms=2) == pytest.approx(math.log(1 + 2))
    assert value("frequency", event_at(0), event_at(1), event_at(2), now_ms=6 * DAY_MS) == pytest.approx(math.log(1.5))


def test_amounts_are_signed_and_logarithmic() -> None:
    refunds = event_at(0, amount=-7.0), event_at(1, amount=-1.0)
    assert value("amount_mean", *refunds, now_ms=2) == pytest.approx(-math.log(1 + 4))
    assert value("amount_max", *refunds, now_ms=2) == 0.0
    assert value("amount_max", event_at(0, amount=1.0), event_at(1, amount=6.0), now_ms=2) == pytest.approx(math.log(7))


def test_a_burst_is_the_hour_that_ends_with_the_newest_item() -> None:
    #  |---------- 60 min ---------|
    #  e0 (out)  e1                e60min
    items = event_at(0), event_at(1), event_at(HOUR_MS)
    assert value("burst", *items, now_ms=2 * HOUR_MS) == pytest.approx(2 / 3)


def test_hours_are_angles_of_the_utc_day() -> None:
    midnight = DAY_MS - START_MS % DAY_MS
    assert value("hour_sin", event_at(midnight + 6 * HOUR_MS), now_ms=midnight + DAY_MS) == pytest.approx(1.0)
    assert value("hour_cos", event_at(midnight + 12 * HOUR_MS), now_ms=midnight + DAY_MS) == pytest.approx(-1.0)


def test_the_weekend_is_saturday_and_sunday() -> None:
    shares = [value("weekend_share", event_at(day * DAY_MS), now_ms=8 * DAY_MS) for day in range(7)]
    assert shares == [0, 0, 0, 0, 1, 1, 0]  # from a Tuesday


@pytest.mark.parametrize(("kind", "share"), [("view", 0.5), ("buy", 0.25), ("other", 0.25)])
def test_a_share_is_of_all_items(kind: str, share: float) -> None:
    items = event_at(0), event_at(1), event_at(2, kind="buy"), event_at(3, kind="wink")
    assert value(f"share_{kind}", *items, now_ms=4) == share


items = st.lists(
    st.tuples(
        st.integers(0, 29 * DAY_MS),
        st.sampled_from(("view", "buy", "wink")),
        st.floats(-1e6, 1e6, allow_subnormal=False),
    ),
    min_size=1,
    max_size=9,
)


@settings(max_examples=60)
@given(
    users=st.lists(items, min_size=1, max_size=4), after_ms=st.integers(1, DAY_MS), fill=st.sampled_from((0, 255, 90))
)
def test_every_feature_equals_its_naive_formula(
    users: list[list[tuple[int, str, float]]], after_ms: int, fill: int
) -> None:
    now_ms = 29 * DAY_MS + after_ms
    windows = [window_with(*events_of(drawn), policy=MONTH) for drawn in users]
    found = explicit_features(stack_windows(windows, now_ms, MONTH, fill), features_of(MONTH))
    for row, drawn in zip(found, users, strict=True):
        kept = sorted((at, f"e{i}", kind, amount) for i, (at, kind, amount) in enumerate(drawn))[-MONTH.window_items :]
        expected = naive([(START_MS + at, kind, amount) for at, _, kind, amount in kept], START_MS + now_ms)
        np.testing.assert_allclose(row, list(expected.values()), rtol=1e-9, atol=1e-9)
        assert list(expected) == list(registry(MONTH))


def events_of(drawn: list[tuple[int, str, float]]) -> list[Event]:
    return [event_at(at, "", "ann", f"e{i}", kind, amount) for i, (at, kind, amount) in enumerate(drawn)]


def naive(window: list[tuple[int, str, float]], now_ms: int) -> dict[str, float]:
    """Every feature from its sentence, one item after the other."""
    n, newest, oldest = len(window), window[-1][0], window[0][0]
    amounts = [amount for _, _, amount in window]
    mean = sum(amounts) / n
    moments = [datetime.fromtimestamp(time_ms // 1000, UTC) for time_ms, _, _ in window]
    angles = [
        math.tau * (m.hour * HOUR_MS + m.minute * 60_000 + m.second * 1000 + t % 1000) / DAY_MS
        for m, (t, _, _) in zip(moments, window, strict=True)
    ]
    kinds = [kind for _, kind, _ in window]
    return {
        "recency": math.log1p((now_ms - newest) / DAY_MS),
        "frequency": math.log1p(n / max((now_ms - oldest) / DAY_MS, 1)),
        "amount_mean": math.copysign(math.log1p(abs(mean)), mean),
        "amount_max": math.log1p(max(0.0, *amounts)),
        "burst": sum(newest - time_ms < HOUR_MS for time_ms, _, _ in window) / n,
        "hour_sin": sum(map(math.sin, angles)) / n,
        "hour_cos": sum(map(math.cos, angles)) / n,
        "weekend_share": sum(m.weekday() >= 5 for m in moments) / n,
        "share_view": kinds.count("view") / n,
        "share_buy": kinds.count("buy") / n,
        "share_other": kinds.count("wink") / n,
    }
