"""The stream of a shop with campaigns, beside the tables of the data set, and what was known when one began."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from bench.apps.marketing.deployments import WITH_COUPONS
from bench.apps.marketing.journey import COUPON, event_of, events, recipients, sendings
from bench.apps.marketing.situations import Journey, Situation
from export.presets.completejourney import table
from stream.core.event import Event
from stream.core.policy import DAY_MS
from stream.files.complete_journey import START_MS
from tests.fakes import HashEncoder

BEFORE = "2017-05-09"
END_MS = 1_494_201_600_000  # 2017-05-08: campaign 8 begins
HOUSEHOLDS = recipients()[:3]


@pytest.fixture(scope="module")
def stream() -> list[Event]:
    return [event_of(message) for message in events(START_MS, END_MS, HOUSEHOLDS)]


@pytest.fixture(scope="module")
def situations() -> list[Situation]:
    sent = sendings(BEFORE, HOUSEHOLDS)
    moments = WITH_COUPONS.published([each.start_ms for each in sent], HOUSEHOLDS)
    journey = Journey(sent, HashEncoder(dimension=128))
    learners = {"all": lambda user: True}
    return list(journey.situations(moments, events(START_MS, END_MS, HOUSEHOLDS), learners))


def test_events_are_in_order_of_time_and_before_the_end(stream: list[Event]) -> None:
    assert all(a.time_ms <= b.time_ms for a, b in pairwise(stream))
    assert stream[-1].time_ms < END_MS


def test_purchases_with_a_coupon_are_of_a_kind_of_their_own(stream: list[Event]) -> None:
    rows = table("transactions", None)
    rows = rows[rows.household_id.isin(HOUSEHOLDS) & (rows.transaction_timestamp < "2017-05-08")]
    named = table("products", ["product_id", "product_category", "product_type"]).dropna()
    rows = rows[rows.product_id.isin(named.product_id)]
    with_coupon = ((rows.coupon_disc > 0) | (rows.coupon_match_disc > 0)).sum()
    assert with_coupon > 0
    assert sum(each.kind == COUPON for each in stream) == with_coupon
    assert sum(each.kind in (COUPON, "purchase") for each in stream) == len(rows)


def test_campaigns_and_first_redemptions_are_events(stream: list[Event]) -> None:
    told = {(int(each.user), each.kind) for each in stream if "_" in each.kind}
    starts = table("campaign_descriptions", None).set_index("campaign_id").start_date
    sent = table("campaigns", None)
    sent = sent[sent.household_id.isin(HOUSEHOLDS) & (sent.campaign_id.map(starts) < "2017-05-08")]
    redeemed = table("coupon_redemptions", None)
    redeemed = redeemed[redeemed.household_id.isin(HOUSEHOLDS) & (redeemed.redemption_date < "2017-05-08")]
    expected = {(row.household_id, f"sent_{row.campaign_id}") for row in sent.itertuples()}
    assert told == expected | {(row.household_id, f"redeem_{row.campaign_id}") for row in redeemed.itertuples()}


def test_what_is_known_at_a_start_is_what_came_before(stream: list[Event], situations: list[Situation]) -> None:
    at = situations[-1]
    assert (at.id, at.start_ms) == ("8", END_MS)
    for row, household in enumerate(at.households):
        own = [each for each in stream if each.user == str(household)]
        redeemed = {each.kind for each in own if each.kind.startswith("redeem_") and each.time_ms < END_MS}
        bought = [each.time_ms for each in own if "_" not in each.kind]
        assert at.counted[row, 3] == pytest.approx(len(redeemed))
        assert at.counted[row, 4] == pytest.approx(sum(each.kind.startswith("sent_") for each in own))
        assert at.counted[row, 0] == pytest.approx((END_MS - max(bought)) / DAY_MS)
        assert at.n_coupons[row] == pytest.approx(
            sum(0.5 ** ((END_MS - each.time_ms) / (60 * DAY_MS)) for each in own if each.kind == COUPON)
        )


def test_outcomes_are_those_of_the_data_and_after_the_start(situations: list[Situation]) -> None:
    redemptions = table("coupon_redemptions", None)
    for at in situations:
        of = redemptions[redemptions.campaign_id == int(at.id)]
        assert set(at.households[np.isfinite(at.redeemed_ms)]) == set(of.household_id) & set(at.households.tolist())
        assert (at.redeemed_ms >= at.start_ms).all()


def test_only_judged_campaigns_have_scores_of_the_application(situations: list[Situation]) -> None:
    assert [at.id for at in situations if at.chosen] == ["8"], "large enough, and with campaigns to learn from"
    assert situations[-1].chosen["all"].shape == situations[-1].households.shape
