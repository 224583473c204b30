"""Campaigns to the users likeliest to redeem them, within consent, budget and caps.

Two kinds of event teach the application: `sent_ID`, a user was sent campaign ID, and `redeem_ID`, the user redeemed it.
The system that delivers the actions reports both; a restart knows of earlier deliveries by `sent_ID` alone. Today's
profiles then stand for those of earlier campaigns.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from apps.app import Action, App
from apps.methods.campaigns import Campaign, encoder_of, read_campaigns, segment_campaign
from apps.methods.consent import Consent
from apps.methods.recipients import Choice, Recipients
from apps.settings import MarketingSettings
from stream.core.encoder import Encoder
from stream.core.event import Declaration, Event
from stream.wire.catalogue import CatalogueEntry
from stream.wire.memberships import UserSegment
from stream.wire.profiles import UserProfile
from stream.wire.topics import SEGMENTS, USER_EVENTS, USER_PROFILES, USER_SEGMENTS

SENT, REDEEMED = "sent", "redeem"
AGAIN_MS = 3_600_000  # a running campaign looks for more users once an hour


class Marketing(App):
    """A chooser of users for campaigns. Its time is that of the newest record."""

    topics: ClassVar[tuple[str, ...]] = (USER_EVENTS, SEGMENTS, USER_SEGMENTS, USER_PROFILES)

    def __init__(self, settings: MarketingSettings, encoder: Encoder | None = None) -> None:
        file = settings.marketing_campaigns
        self.campaigns = read_campaigns(Path(file)) if file else {}
        encoder = encoder or encoder_of(self.campaigns.values(), settings.marketing_encoder)
        self.recipients = Recipients(self.campaigns, encoder)
        self._settings, self._now_ms, self._is_live = settings, 0, False
        self._consent = Consent(settings.marketing_consent, "marketing_consent")
        self._next_ms: dict[str, int] = {}  # by campaign, when to look for users again
        self._held: set[str] = set()

    def on_event(self, event: Event) -> Iterable[Action]:
        """Count a purchase, a campaign received or a campaign redeemed."""
        self._now_ms = max(self._now_ms, event.time_ms)
        kind, _, campaign = event.kind.partition("_")
        if kind == SENT:
            self.recipients.note_sent(event.user, campaign, event.time_ms)
        elif kind == REDEEMED:
            self.recipients.activity(event.user).redeemed.setdefault(campaign, event.time_ms)
        else:
            self.recipients.activity(event.user).add(event.time_ms, event.amount)
        return ()

    def on_traits(self, declaration: Declaration) -> Iterable[Action]:
        """Take a consent or its withdrawal at once."""
        self._consent.take_declared(declaration.user, declaration.traits)
        return ()

    def on_segment(self, record: UserSegment) -> Iterable[Action]:
        """Take a consent that may be older than the events on the topic."""
        self._consent.take_published(record.user, record.traits)
        return ()

    def on_profile(self, record: UserProfile) -> Iterable[Action]:
        """Keep the newest profile of the user."""
        self._now_ms = max(self._now_ms, record.time_ms)
        self.recipients.take_profile(record)
        return ()

    def on_description(self, segment: CatalogueEntry) -> Iterable[Action]:
        """Make each segment a campaign of its own where there is no file."""
        if not self._settings.marketing_campaigns:
            campaign = segment_campaign(segment, self._settings.marketing_budget)
            self.campaigns.pop(campaign.key, None)
            if not segment.retired:
                self.campaigns[campaign.key] = campaign
        return ()

    def on_idle(self) -> Iterable[Action]:
        """Send what is due. The first call ends the past, which leads to no action."""
        if not self._is_live:
            self._is_live = True
            return ()
        due = [each for each in self.campaigns.values() if self._is_due(each)]
        return [action for campaign in due for action in self._send(campaign)]

    def forget(self, user: str) -> None:
        """Drop the user's events, profile and consent, and stop learning from them."""
        self.recipients.forget(user)
        self._consent.forget(user)

    def _is_due(self, campaign: Campaign) -> bool:
        return campaign.is_open(self._now_ms) and self._now_ms >= self._next_ms.get(campaign.key, 0)

    def _send(self, campaign: Campaign) -> list[Action]:
        """Choose users for what is left of the budget; hold the campaign while its audience is too small."""
        self._next_ms[campaign.key] = self._now_ms + AGAIN_MS
        n_sent = self.recipients.n_received(campaign.key)
        n_left = campaign.budget - n_sent
        users = [user for user in self.recipients.profiles if self._is_allowed(user, campaign)] if n_left > 0 else []
        n_reached = n_sent + min(n_left, len(users))
        if users and n_reached < self._settings.marketing_min_audience:
            return self._hold(campaign, n_reached)
        chosen = self.recipients.choose(campaign, users, n_left, self._now_ms)
        for choice in chosen:
            self.recipients.note_sent(choice.user, campaign.key, self._now_ms)
        return [self._action(campaign, choice) for choice in chosen]

    def _is_allowed(self, user: str, campaign: Campaign) -> bool:
        received = self.recipients.activity(user).received
        since_ms = self._now_ms - self._settings.marketing_cap_ms
        return (
            self._consent.is_given(user)
            and campaign.key not in received
            and (not campaign.segments or self.recipients.profiles[user].segment in campaign.segments)
            and sum(time_ms > since_ms for time_ms in received.values()) < self._settings.marketing_cap
        )

    def _hold(self, campaign: Campaign, n_users: int) -> list[Action]:
        if campaign.key in self._held:
            return []
        self._held.add(campaign.key)
        least = self._settings.marketing_min_audience
        why = f"an audience of {n_users} users is below {least} (SEGUE_MARKETING_MIN_AUDIENCE)"
        about = {"campaign": campaign.id, "segment": ", ".join(campaign.segments)}
        return [{"app": "marketing", "time_ms": self._now_ms, **about, "do": "wait", "reason": why}]

    def _action(self, campaign: Campaign, choice: Choice) -> Action:
        profile = self.recipients.profiles[choice.user]
        return {
            "app": "marketing",
            "id": f"{campaign.id}:{choice.user}",  # the same after a restart: deliver once
            "time_ms": self._now_ms,
            "user": choice.user,
            "campaign": campaign.id,
            "name": campaign.name,
            "score": round(choice.score, 4),
            "segment": profile.segment,
            "profile_ms": profile.time_ms,
            "do": f"send “{campaign.name}”",
            "reason": "; ".join(filter(None, (f"is in {profile.segment}" * bool(campaign.segments), choice.reason))),
            "report": [f"{SENT}_{campaign.key}", f"{REDEEMED}_{campaign.key}"],
        }
