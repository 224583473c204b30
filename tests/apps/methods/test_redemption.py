"""What is counted of a user, by hand, and what is learned, beside scikit-learn on the same rows."""

from __future__ import annotations

from math import log1p

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from apps.methods.redemption import (
    COUNTED,
    HALF_LIFE_MS,
    POSITIVES_MIN,
    REGULARISATION,
    SETTLED_MS,
    Activity,
    Chances,
    Outcome,
    Unlearned,
    features,
    learn,
    names_of,
)
from stream.core.policy import DAY_MS
from tests.apps.shop import ENCODER, NOW_MS, profile


def everybody(user: str) -> bool:
    return True


def test_events_of_one_time_are_one_visit() -> None:
    activity = Activity()
    for time_ms in (NOW_MS, NOW_MS, NOW_MS + 1):
        activity.add(time_ms, 2.0)
    assert activity.visits == pytest.approx(2.0)
    assert activity.spend == pytest.approx(6.0)


def test_visits_and_spend_halve_in_a_half_life() -> None:
    activity = Activity()
    activity.add(NOW_MS, 8.0)
    activity.add(NOW_MS + HALF_LIFE_MS, 1.0)
    days, visits, spend, *_ = activity.counted(NOW_MS + 2 * HALF_LIFE_MS)
    assert (days, visits, spend) == pytest.approx((HALF_LIFE_MS / DAY_MS, 0.75, 2.5))


def test_a_late_event_and_a_refund_do_not_count_backwards() -> None:
    activity = Activity()
    activity.add(NOW_MS, 8.0)
    activity.add(NOW_MS - DAY_MS, -3.0)
    days, visits, spend, *_ = activity.counted(NOW_MS)
    assert (days, visits, spend) == (0.0, 2.0, 8.0)


def test_campaigns_count_only_before_the_time() -> None:
    activity = Activity(received={"a": NOW_MS - 1, "b": NOW_MS}, redeemed={"a": NOW_MS})
    assert activity.counted(NOW_MS)[3:] == (0, 1)
    assert activity.counted(NOW_MS + 1)[3:] == (1, 2)


def test_features_are_logarithms_of_counts_a_cosine_and_roots_of_shares() -> None:
    activity = Activity(received={"a": 1, "b": 2}, redeemed={"a": 3})
    activity.add(NOW_MS - 3 * DAY_MS, 0.0)
    ann, about = profile("ann", "milk", share=0.25), ENCODER.encode(["milk"])[0].astype(float)
    (row,) = features([activity], [ann], about, NOW_MS)
    assert names_of(ann) == (*COUNTED, "share_purchase", "share_coupon")
    visits = 0.5 ** (3 * DAY_MS / HALF_LIFE_MS)
    expected = [log1p(3), log1p(visits), 0.0, log1p(1), log1p(2), 1.0, 0.75**0.5, 0.5]
    assert row == pytest.approx(expected, abs=0.01), "the profile is stored as int8"


def test_without_texts_no_user_is_nearer_than_another() -> None:
    rows = features([Activity(), Activity()], [profile("ann", "milk"), profile("bob", "beer")], None, NOW_MS)
    assert rows[:, COUNTED.index("affinity")].tolist() == [0.0, 0.0]


def test_chances_are_those_of_a_logistic_regression_and_parts_add_up_to_their_log_odds() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 3)) * (1, 5, 0.1) + 2
    labels = rng.random(300) < 1 / (1 + np.exp(-(rows[:, 0] - 2)))
    chances = Chances(rows, labels.tolist())
    scaler = StandardScaler().fit(rows)
    reference = LogisticRegression(C=REGULARISATION, max_iter=500).fit(scaler.transform(rows), labels)
    assert chances.scores(rows) == pytest.approx(reference.predict_proba(scaler.transform(rows))[:, 1])
    log_odds = chances.parts(rows).sum(axis=1) + reference.intercept_[0]
    assert 1 / (1 + np.exp(-log_odds)) == pytest.approx(chances.scores(rows))


def outcomes(n_redeemed: int, time_ms: int) -> tuple[dict[str, list[Outcome]], dict[str, Activity]]:
    """Return 100 users who received one campaign; the first of them redeemed it, and bought with coupons before."""
    users = [f"u{number}" for number in range(100)]
    rows = {user: np.array([0.0] * 6 + [1.0 if number < n_redeemed else 0.0]) for number, user in enumerate(users)}
    redeemed = {user: {"a": time_ms + DAY_MS} for user in users[:n_redeemed]}
    activities = {user: Activity(received={"a": time_ms}, redeemed=redeemed.get(user, {})) for user in users}
    return {user: [Outcome("a", time_ms, row)] for user, row in rows.items()}, activities


def test_what_redeemers_had_in_common_raises_the_chance() -> None:
    learned = learn(*outcomes(30, NOW_MS - SETTLED_MS), NOW_MS, everybody)
    assert isinstance(learned, Chances)
    with_coupons, without = learned.scores(np.array([[0.0] * 6 + [1.0], [0.0] * 7]))
    assert with_coupons > 2 * without


@pytest.mark.parametrize(
    ("n_redeemed", "age_ms", "may_learn"),
    [(POSITIVES_MIN - 1, SETTLED_MS, True), (30, SETTLED_MS - 1, True), (30, SETTLED_MS, False)],
    ids=["few redemptions", "a young campaign", "users not to learn from"],
)
def test_nothing_is_learned_from_too_little(n_redeemed: int, age_ms: int, may_learn: bool) -> None:
    assert isinstance(learn(*outcomes(n_redeemed, NOW_MS - age_ms), NOW_MS, lambda user: may_learn), Unlearned)


def test_a_redemption_after_the_time_is_not_known() -> None:
    known, activities = outcomes(30, NOW_MS - SETTLED_MS)
    for activity in activities.values():
        activity.redeemed = dict.fromkeys(activity.redeemed, NOW_MS)
    assert isinstance(learn(known, activities, NOW_MS, everybody), Unlearned)


def test_before_anything_is_learned_past_redeemers_come_first_then_the_nearest() -> None:
    rows = np.zeros((3, 7))
    rows[0, COUNTED.index("affinity")], rows[1, COUNTED.index("redeemed")], rows[2, COUNTED.index("spend")] = 0.5, 1, 9
    assert np.argsort(-Unlearned().scores(rows)).tolist() == [1, 0, 2]
