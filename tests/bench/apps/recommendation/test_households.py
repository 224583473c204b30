"""Households as users: what is seen of whom, and when."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bench.apps.recommendation import NOW_MS
from bench.apps.recommendation.households import (
    FIRSTS,
    HORIZON_MS,
    LATE_BUCKETS,
    Purchases,
    Seen,
    messages,
    purchases_until,
    seen_at,
)
from export.presets.completejourney import TEST_BUCKETS, bucket
from stream.core.policy import DAY_MS

THEN_MS = NOW_MS - HORIZON_MS


@pytest.fixture(scope="module")
def made() -> Purchases:
    return purchases_until(NOW_MS + HORIZON_MS, range(1, 41))


@pytest.fixture(scope="module")
def seen(made: Purchases) -> Seen:
    return seen_at(NOW_MS, made, TEST_BUCKETS)


def test_nothing_is_seen_of_the_time_after(made: Purchases, seen: Seen) -> None:
    assert made.time_ms.max() > NOW_MS
    assert all((made.time_ms[rows] < NOW_MS).all() for rows in seen.users().values())


def test_learnt_and_judged_households_are_apart(seen: Seen) -> None:
    learnt, judged = {int(user) for user in seen.learnt}, set(seen.judged[0])
    assert learnt
    assert judged
    assert not learnt & judged
    assert {bucket(each) for each in judged} <= set(TEST_BUCKETS)


def test_a_late_household_has_few_purchases_before_the_month_and_all_after(made: Purchases, seen: Seen) -> None:
    whole = made.rows_of(0, NOW_MS)
    late = {user: rows for user, rows in seen.learnt.items() if bucket(int(user)) in LATE_BUCKETS}
    assert late
    for user, rows in late.items():
        before = made.time_ms[rows] < THEN_MS
        own = whole[int(user)]
        assert before.sum() in {*FIRSTS, int((made.time_ms[own] < THEN_MS).sum())}
        assert rows[~before].tolist() == own[made.time_ms[own] >= THEN_MS].tolist()


def test_a_copy_has_the_last_purchases(seen: Seen) -> None:
    assert len({tuple(seen.judged[n]) for n in FIRSTS}) == 1, "the same households, so that columns compare"
    for n in FIRSTS:
        for household, rows in seen.judged[n].items():
            assert rows.tolist() == seen.judged[0][household][-n:].tolist()


def test_messages_are_in_time_order_and_each_user_has_its_own(made: Purchases, seen: Seen) -> None:
    start_ms = NOW_MS - 40 * DAY_MS
    sent = [json.loads(value) for _, value in messages(seen, made, start_ms)]
    assert [each["timestamp"] for each in sent] == sorted(each["timestamp"] for each in sent)
    for user, rows in seen.users().items():
        expected = [made.texts[row] for row in rows if made.time_ms[row] >= start_ms]
        assert [each["text"] for each in sent if each["user_id"] == user] == expected


def test_events_are_those_of_the_messages(made: Purchases, seen: Seen) -> None:
    user, rows = next(iter(seen.learnt.items()))
    found = list(made.events({user: rows}, THEN_MS, NOW_MS))
    kept = rows[made.time_ms[rows] >= THEN_MS]
    assert [each.time_ms for each in found] == made.time_ms[kept].tolist()
    sent = [json.loads(made.messages[row][1]) for row in kept]
    assert [(each.user, each.text) for each in found] == [(each["user_id"], each["text"]) for each in sent]
    assert np.all(made.household[kept] == int(user))
