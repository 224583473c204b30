"""Users that a campaign can go to, with all that is known of them, and the order among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from apps.methods.campaigns import Campaign
from apps.methods.redemption import Activity, Outcome, features, learn, names_of
from apps.methods.redemption_reason import reason
from stream.core.arrays import Floats
from stream.core.encoder import Encoder
from stream.wire.profiles import UserProfile


@dataclass(frozen=True, slots=True)
class Choice:
    """A user chosen for a campaign, with the chance to redeem it, and the reason in words."""

    user: str
    score: float
    reason: str


class Recipients:
    """Users with their events, newest profile, and the campaigns that they received.

    `encoder` is that of the profiles: it makes vectors of the campaigns' texts. Without one no text counts. Campaigns
    go by their keys.
    """

    def __init__(self, campaigns: Mapping[str, Campaign], encoder: Encoder | None) -> None:
        self.campaigns, self.profiles = campaigns, dict[str, UserProfile]()
        self._encoder, self._about = encoder, dict[str, Floats]()
        self._activities: dict[str, Activity] = {}
        self._outcomes: dict[str, list[Outcome]] = {}
        self._comparable = ""  # encoder of the newest profile, and its features
        self._names: tuple[str, ...] = ()

    def activity(self, user: str) -> Activity:
        """Return the user's events, to be counted on."""
        return self._activities.setdefault(user, Activity())

    def take_profile(self, profile: UserProfile) -> None:
        """Keep the newest profile. When profiles become others, what was learned from them no longer applies."""
        names = names_of(profile)
        if (names, profile.encoder) != (self._names, self._comparable):
            self._names, self._comparable, self._outcomes = names, profile.encoder, {}
        self.profiles[profile.user] = profile

    def note_sent(self, user: str, campaign: str, time_ms: int) -> None:
        """Note that a user received a campaign; a repeated note changes nothing."""
        received = self.activity(user).received
        if campaign in received:
            return
        if campaign in self.campaigns and self.is_known(user):
            (row,) = self.features(self.campaigns[campaign], [user], time_ms)
            self._outcomes.setdefault(user, []).append(Outcome(campaign, time_ms, row))
        received[campaign] = time_ms

    def n_received(self, campaign: str) -> int:
        """Return the number of users who received a campaign."""
        return sum(campaign in activity.received for activity in self._activities.values())

    def is_known(self, user: str) -> bool:
        """Return True if the user has a profile that compares with the newest."""
        profile = self.profiles.get(user)
        return profile is not None and (names_of(profile), profile.encoder) == (self._names, self._comparable)

    def choose(
        self,
        campaign: Campaign,
        users: Sequence[str],
        n: int,
        now_ms: int,
        may_learn_from: Callable[[str], bool] = lambda user: True,
    ) -> list[Choice]:
        """Return the `n` users that are likeliest to redeem the campaign, the likeliest first.

        Only outcomes before `now_ms` count, of users for whom `may_learn_from` is true.
        """
        known = [user for user in users if self.is_known(user)]
        if not known:
            return []
        chances = learn(self._outcomes, self._activities, now_ms, may_learn_from)
        rows = self.features(campaign, known, now_ms)
        scores, parts = chances.scores(rows), chances.parts(rows)
        return [
            Choice(known[each], float(scores[each]), reason(self._names, rows[each], parts[each]))
            for each in np.argsort(-scores, kind="stable")[:n]
        ]

    def forget(self, user: str) -> None:
        """Drop everything about a user."""
        for held in (self._activities, self.profiles, self._outcomes):
            held.pop(user, None)

    def features(self, campaign: Campaign, users: Sequence[str], now_ms: int) -> Floats:
        """Return what is known of users with a profile before `now_ms`, `(n, n_names)`."""
        activities, profiles = [self.activity(user) for user in users], [self.profiles[user] for user in users]
        return features(activities, profiles, self._vector(campaign), now_ms)

    def _vector(self, campaign: Campaign) -> Floats | None:
        """Return the mean vector of the campaign's texts at length 1, if it compares with the profiles."""
        if not campaign.texts or self._encoder is None or self._encoder.version != self._comparable:
            return None
        if campaign.key not in self._about:
            mean = self._encoder.encode(campaign.texts).mean(axis=0, dtype=np.float64)
            self._about[campaign.key] = mean / max(float(np.linalg.norm(mean)), 1e-12)
        return self._about[campaign.key]
