"""Who comes first for a campaign, of what is known of users."""

from __future__ import annotations

from apps.methods.campaigns import Campaign
from apps.methods.recipients import Recipients
from apps.methods.redemption import SETTLED_MS
from stream.core.policy import DAY_MS
from tests.apps.shop import ENCODER, NOW_MS, profile
from tests.fakes import HashEncoder

MILK, OLD = Campaign(id="milk", texts=("milk",)), Campaign(id="old")
CAMPAIGNS = {each.id: each for each in (MILK, OLD)}


def shop(*users: str, text: str = "beer", encoder: HashEncoder | None = ENCODER) -> Recipients:
    made = Recipients(CAMPAIGNS, encoder)
    for user in users:
        made.take_profile(profile(user, text))
    return made


def chosen(known: Recipients, users: list[str], n: int = 9, campaign: Campaign = MILK) -> list[str]:
    return [choice.user for choice in known.choose(campaign, users, n, NOW_MS)]


def test_the_nearest_to_the_texts_come_first_before_anything_is_learned() -> None:
    known = shop("ann", "bob")
    known.take_profile(profile("cy", "milk"))
    assert chosen(known, ["ann", "bob", "cy"])[0] == "cy"
    assert chosen(known, ["ann", "bob", "cy"], n=1) == ["cy"]


def test_texts_of_another_encoder_do_not_count() -> None:
    known = shop("ann", encoder=HashEncoder(dimension=8, version="other"))
    known.take_profile(profile("cy", "milk"))
    assert chosen(known, ["ann", "cy"]) == ["ann", "cy"], "alike, so in their order"


def test_users_without_a_profile_are_left_out() -> None:
    assert chosen(shop("ann"), ["bob"]) == []
    assert chosen(shop("ann"), ["bob", "ann"]) == ["ann"]


def test_profiles_of_an_earlier_list_of_kinds_wait_for_a_newer_one() -> None:
    known = shop("ann", "bob")
    other = profile("bob")
    other.explicit["share_view"] = 0.0
    known.take_profile(other)
    assert chosen(known, ["ann", "bob"]) == ["bob"]


def test_coupon_users_come_first_once_they_were_seen_to_redeem() -> None:
    known = Recipients(CAMPAIGNS, ENCODER)
    users = [f"u{number}" for number in range(60)]
    sent_ms = NOW_MS - SETTLED_MS - DAY_MS
    for number, user in enumerate(users):
        known.take_profile(profile(user, share=0.5 if number < 30 else 0.0))
        known.note_sent(user, "old", sent_ms)
        if number < 25:
            known.activity(user).redeemed["old"] = sent_ms + DAY_MS
    new = [profile("with", share=0.5), profile("without")]
    for each in new:
        known.take_profile(each)
    first, last = known.choose(MILK, ["without", "with"], 2, NOW_MS)
    assert (first.user, last.user) == ("with", "without")
    assert first.score > 2 * last.score
    assert "coupon" in first.reason
    unlearned = known.choose(MILK, ["without", "with"], 2, NOW_MS, may_learn_from=lambda user: user in users[:19])
    assert [choice.user for choice in unlearned] == ["without", "with"], "19 redemptions are too few"


def test_a_repeated_note_of_a_campaign_keeps_the_first_time() -> None:
    known = shop("ann")
    known.note_sent("ann", "old", 5)
    known.note_sent("ann", "old", 9)
    assert known.activity("ann").received == {"old": 5}
    assert known.n_received("old") == 1


def test_a_forgotten_user_is_nowhere() -> None:
    known = shop("ann")
    known.note_sent("ann", "old", 5)
    known.forget("ann")
    assert not known.is_known("ann")
    assert known.n_received("old") == 0
    assert "ann" not in repr(vars(known))
