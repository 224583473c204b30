"""Campaigns to users: consent, caps, budget, smallest audience, and what a restart knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from apps.app import Action
from apps.marketing import AGAIN_MS, Marketing
from apps.settings import MarketingSettings
from stream.core.event import Declaration
from stream.core.policy import DAY_MS
from tests.apps.described import described
from tests.apps.shop import ENCODER, NOW_MS, event, membership, profile

USERS = [f"u{number}" for number in range(6)]
SETTINGS = MarketingSettings(marketing_min_audience=1)
TWO = '[[campaign]]\nid = "milk"\nname = "Milk days"\ntexts = ["milk"]\nbudget = 3\n[[campaign]]\nid = "beer"\n'


def marketing(settings: MarketingSettings = SETTINGS, users: Iterable[str] = USERS) -> Marketing:
    """Return an application that has read the profiles of these users, and has begun."""
    made = Marketing(settings, ENCODER)
    for user in users:
        made.on_profile(profile(user))
    assert list(made.on_idle()) == [], "what was before the start leads to no action"
    return made


def with_file(tmp_path: Path, text: str = TWO, settings: MarketingSettings = SETTINGS) -> MarketingSettings:
    file = tmp_path / "campaigns.toml"
    file.write_text(text)
    return replace(settings, marketing_campaigns=str(file))


def sent(actions: Iterable[Action], campaign: str) -> list[str]:
    return [action["user"] for action in actions if action["campaign"] == campaign and "user" in action]


def later(app: Marketing, ms: int = AGAIN_MS) -> list[Action]:
    """Let a record of a later time come, then look."""
    app.on_event(event("clock", time_ms=NOW_MS + ms))
    return list(app.on_idle())


def test_without_a_file_each_segment_is_a_campaign_for_its_users() -> None:
    app = marketing()
    app.on_profile(profile("other", segment="s-0002"))
    app.on_description(described("s-0002", "organic milk"))
    (action,) = app.on_idle()
    assert (action["user"], action["campaign"], action["name"]) == ("other", "s-0002", "organic milk")
    app.on_description(described("s-0001", "beer", retired=True))
    assert later(app) == []


def test_an_action_says_who_gets_what_and_why_and_what_it_rests_on(tmp_path: Path) -> None:
    app = marketing(with_file(tmp_path))
    action = next(iter(app.on_idle()))
    assert {"app": "marketing", "campaign": "milk", "name": "Milk days", "segment": "s-0001"}.items() <= action.items()
    assert action["profile_ms"] == action["time_ms"] == NOW_MS
    assert action["id"] == f"milk:{action['user']}"
    assert "buys what the campaign is about (cosine 1.00)" in action["reason"]


def test_a_campaign_goes_to_no_more_users_than_its_budget_and_to_nobody_twice(tmp_path: Path) -> None:
    app = marketing(with_file(tmp_path))
    first = sent(app.on_idle(), "milk")
    assert len(set(first)) == 3
    app.on_profile(profile("late"))
    assert sent(later(app), "milk") == []


def test_a_running_campaign_also_goes_to_users_who_come_later(tmp_path: Path) -> None:
    app = marketing(with_file(tmp_path), USERS[:2])
    assert len(sent(app.on_idle(), "milk")) == 2
    app.on_profile(profile("late"))
    assert list(app.on_idle()) == [], "at most once an hour"
    assert sent(later(app), "milk") == ["late"]


@pytest.mark.parametrize(("start", "end", "n"), [("2000-01-01", "2000-01-02", 0), ("2200-01-01", "2200-01-02", 0)])
def test_a_campaign_that_is_over_or_to_come_goes_to_nobody(tmp_path: Path, start: str, end: str, n: int) -> None:
    text = f'[[campaign]]\nid = "milk"\nstart = {start}T00:00:00Z\nend = {end}T00:00:00Z\n'
    assert len(list(marketing(with_file(tmp_path, text)).on_idle())) == n


def test_a_campaign_for_segments_leaves_the_others_out(tmp_path: Path) -> None:
    app = marketing(with_file(tmp_path, '[[campaign]]\nid = "milk"\nsegments = ["s-0002"]\n'))
    app.on_profile(profile("other", segment="s-0002"))
    assert sent(app.on_idle(), "milk") == ["other"]


def test_a_user_gets_no_more_campaigns_than_the_cap_in_its_time(tmp_path: Path) -> None:
    capped = replace(SETTINGS, marketing_cap=1, marketing_cap_ms=DAY_MS)
    app = marketing(with_file(tmp_path, settings=capped), ["u0"])
    assert sent(app.on_idle(), "milk") == ["u0"]
    assert later(app, DAY_MS - 1) == []
    assert sent(later(app, DAY_MS + AGAIN_MS), "beer") == ["u0"]


def test_only_users_who_consent_get_a_campaign_and_a_withdrawal_counts_at_once(tmp_path: Path) -> None:
    app = marketing(with_file(tmp_path, settings=replace(SETTINGS, marketing_consent="ads=true")))
    app.on_segment(membership("u0", ads=True))
    app.on_segment(membership("u1", ads=True))
    app.on_traits(Declaration("u2", {"ads": True}))
    app.on_traits(Declaration("u1", {"ads": False}))
    assert set(sent(app.on_idle(), "milk")) == {"u0", "u2"}


def test_a_campaign_is_held_once_while_its_audience_is_too_small(tmp_path: Path) -> None:
    app = marketing(with_file(tmp_path, '[[campaign]]\nid = "milk"\n', MarketingSettings(marketing_min_audience=7)))
    (held,) = app.on_idle()
    assert "user" not in held
    assert "6 users is below 7 (SEGUE_MARKETING_MIN_AUDIENCE)" in held["reason"]
    assert later(app) == []
    app.on_profile(profile("u6"))
    assert len(sent(later(app, 2 * AGAIN_MS), "milk")) == 7


def test_reported_campaigns_count_after_a_restart(tmp_path: Path) -> None:
    settings = with_file(tmp_path)
    app = Marketing(settings, ENCODER)
    for user in USERS[:4]:
        app.on_profile(profile(user))
        app.on_event(event(user, "sent_milk", NOW_MS - DAY_MS))
    app.on_idle()
    assert sent(app.on_idle(), "milk") == [], "the budget of 3 is spent"


def test_redeemers_of_earlier_campaigns_come_first(tmp_path: Path) -> None:
    app = marketing(with_file(tmp_path, '[[campaign]]\nid = "milk"\nbudget = 1\n'))
    app.on_event(event("u4", "redeem_easter", NOW_MS - DAY_MS))
    (action,) = app.on_idle()
    assert (action["user"], action["reason"]) == ("u4", "redeemed 1 of 1 campaigns")


def test_an_erased_user_gets_nothing_and_is_nowhere(tmp_path: Path) -> None:
    app = marketing(with_file(tmp_path, settings=replace(SETTINGS, marketing_consent="ads=true")), ["ann"])
    for kind in ("purchase", "sent_beer", "redeem_beer"):
        app.on_event(event("ann", kind))
    app.on_segment(membership("ann", ads=True))
    app.on_traits(Declaration("ann", {"ads": True}))
    app.forget("ann")
    assert list(app.on_idle()) == []
    held: dict[str, Any] = vars(app) | {"known": vars(app.recipients), "consent": vars(app._consent)}
    assert "ann" not in repr(held)
