"""Rows of users at a moment: what they bought, and the profiles of then and before."""

from __future__ import annotations

from math import expm1, log1p

import numpy as np
import pytest

from apps.methods.outlook_features import BEFORE, Columns, Moment, columns_of, rows_of
from apps.methods.spending import COUNTED, Spending
from stream.core.policy import DAY_MS
from tests.apps.shop import ENCODER, NOW_MS, profile

HORIZON_MS = 8 * DAY_MS
EXPLICIT = tuple(profile("ann").explicit)


def moment(*before: str) -> Moment:
    """Return a moment at which ann has bought milk, and before it these texts."""
    earlier = tuple((NOW_MS - DAY_MS, {"ann": profile("ann", text)}) for text in before)
    return Moment(NOW_MS + 2 * DAY_MS, {"ann": profile("ann", "milk", share=0.25)}, earlier or ((0, {}), (0, {})))


def spending(*users: str) -> dict[str, Spending]:
    made = {user: Spending() for user in users}
    for each in made.values():
        each.add(NOW_MS, 3.0)
    return made


def row(now: Moment, user: str = "ann") -> dict[str, float]:
    columns = columns_of(profile("ann"))
    found = rows_of([user], spending(user), now, columns, HORIZON_MS)[0]
    assert len(found) == len(columns.names) + ENCODER.dimension
    return dict(zip(columns.names, found.tolist(), strict=False))


def test_the_profile_of_the_moment_is_in_the_row_and_recency_grows_until_then() -> None:
    found = row(moment())
    assert found["profile_share_coupon"] == 0.25
    assert found["profile_items"] == log1p(5)
    assert expm1(found["profile_recency"]) == pytest.approx(expm1(0.5) + 2)
    assert expm1(found["spend_short"]) == pytest.approx(0.0)
    assert expm1(found["spend_middle"]) == pytest.approx(3.0)


def test_likeness_compares_with_the_profile_of_the_same_user_before() -> None:
    found = row(moment("milk", "motor oil"))
    assert found[BEFORE[0] + "likeness"] == pytest.approx(1.0, abs=0.02)
    expected = float(np.prod([ENCODER.encode([text])[0] for text in ("milk", "motor oil")], axis=0).sum())
    assert found[BEFORE[1] + "likeness"] == pytest.approx(expected, abs=0.02)


def test_what_is_not_known_of_a_user_is_nan() -> None:
    found = row(moment(), "bob")
    assert all(np.isnan(value) == (name not in COUNTED) for name, value in found.items())


def test_profiles_of_another_encoder_or_of_other_features_count_as_missing() -> None:
    for columns in (Columns(EXPLICIT, "other", 8), Columns(("recency",), profile("ann").encoder, 8)):
        found = rows_of(["ann"], spending("ann"), moment(), columns, HORIZON_MS)
        assert np.isnan(found[0, len(COUNTED) :]).all()


def test_without_profiles_a_row_is_what_a_shop_counts() -> None:
    assert columns_of(None).names == COUNTED
    assert rows_of(["ann"], spending("ann"), moment(), Columns(), HORIZON_MS).shape == (1, len(COUNTED))
    assert rows_of([], {}, moment(), Columns(), HORIZON_MS).shape == (0, len(COUNTED))
