"""Relationship: warnings of users of high value who are likely to leave, or who drift to less.

Outcomes come with the stream: what was known some time ago, and whether the user has bought since. The application
learns from them again and again. Its time is the newest event's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from apps.app import Action, App
from apps.methods.customers import Customers, Forecast, MayLearnFrom
from apps.methods.high_value import HighValue, high_value
from apps.methods.outlook_reason import reason
from apps.settings import RelationshipSettings
from stream.core.arrays import Floats
from stream.core.event import Event
from stream.wire.changes import SegmentChange, change_id
from stream.wire.profiles import UserProfile
from stream.wire.topics import SEGMENT_CHANGES, USER_EVENTS, USER_PROFILES

_LOOKS = 56  # for silent users, in a horizon: one a day where churn is 8 weeks of silence


class Relationship(App):
    """An application that warns of each user of high value at most once in half a horizon."""

    topics: ClassVar[tuple[str, ...]] = (USER_EVENTS, USER_PROFILES, SEGMENT_CHANGES)

    def __init__(self, settings: RelationshipSettings, may_learn_from: MayLearnFrom = lambda user: True) -> None:
        self.settings, self._may_learn_from = settings, may_learn_from
        self.customers = Customers(settings.relationship_silent_ms, settings.relationship_value_ms)
        self.forecast, self.high_value = Forecast(), HighValue()
        self._changes: list[SegmentChange] = []
        self._quiet_until_ms: dict[str, int] = {}  # by user
        self._now_ms = self._next_ms = 0
        self._is_live = False

    def on_event(self, event: Event) -> Iterable[Action]:
        """Count a purchase."""
        self._now_ms = max(self._now_ms, event.time_ms)
        if event.kind == self.settings.relationship_kind:
            self.customers.add(event.user, event.time_ms, event.amount)
        return ()

    def on_profile(self, record: UserProfile) -> Iterable[Action]:
        """Take the newest profile of the user."""
        self.customers.profiles[record.user] = record
        return ()

    def on_change(self, change: SegmentChange) -> Iterable[Action]:
        """Note the change: its profile is in the same transaction, and may come next."""
        if self._is_live:
            self._changes.append(change)
        return ()

    def on_idle(self) -> Iterator[Action]:
        """Yield warnings: of changes at once, of silence once a day. Learn when a moment is due."""
        changes, self._changes = self._changes, []
        for change in changes:
            yield from self._drifted(change)
        if self._now_ms >= self._next_ms:
            self._next_ms = self._now_ms + self.settings.relationship_silent_ms // _LOOKS
            if self.customers.is_due(self._now_ms):
                self.learn(self._now_ms)
            if self._is_live:
                yield from self._silent()
        self._is_live = True

    def learn(self, now_ms: int) -> None:
        """Keep the profiles of now, learn from the outcomes that are known, and find the users of high value."""
        self.customers.keep(now_ms)
        self.forecast = self.customers.learn(now_ms, self._may_learn_from)
        self.high_value = high_value(self.customers, self.forecast, now_ms, self.high_value)

    def forget(self, user: str) -> None:
        """Drop the user. The forecast holds no user, and is learned anew without this one at the next moment."""
        self.customers.forget(user)
        self.high_value.users.pop(user, None)
        self._quiet_until_ms.pop(user, None)
        self._changes = [change for change in self._changes if change.user != user]

    def _drifted(self, change: SegmentChange) -> Iterator[Action]:
        """Yield a warning if a user of high value is now among users who spend less."""
        loss = self.high_value.loss(change.from_.id, change.to.id)
        if loss and self._may_warn(change.user):
            identity = change_id(change.user, change.sequence, change.decision_time_ms)
            said = f"{change.summary}; users there spend {loss:.0%} less".replace("%", " %")
            yield from self._warn([change.user], {"do": "offer more", "warning": "drift", "change": identity}, said)

    def _silent(self) -> Iterator[Action]:
        """Yield a warning of each user of high value who is as likely to leave as users are on average."""
        if self.forecast.churn is not None:
            users = sorted(user for user in self.high_value.users if self._may_warn(user))
            chances = self.forecast.churn.chances(self._rows(users)) if users else ()
            least = self.settings.relationship_alert_lift * self.forecast.churn.rate
            likely = [user for user, chance in zip(users, chances, strict=True) if chance >= least]
            yield from self._warn(likely, {"do": "win back", "warning": "churn"}, "is likely to leave")

    def _may_warn(self, user: str) -> bool:
        return user in self.high_value.users and self._now_ms >= self._quiet_until_ms.get(user, 0)

    def _warn(self, users: Sequence[str], what: Action, said: str) -> Iterator[Action]:
        """Yield a warning of each user: what happened, how likely churn is, and why."""
        rows, churn = self._rows(users), self.forecast.churn
        for user, row in zip(users, rows, strict=True):
            self._quiet_until_ms[user] = self._now_ms + self.settings.relationship_silent_ms // 2
            profile = self.customers.profiles.get(user)
            warning: Action = {"app": "relationship", "time_ms": self._now_ms, "user": user, **what}
            warning["reason"] = f"a user of high value {said}"
            if churn is not None:
                chance = float(churn.chances(row[None])[0])
                why = reason(self.forecast.columns.names, row, churn, self.settings.relationship_silent_ms)
                warning["reason"] += f"; chance of churn {chance:.0%}, of all users {churn.rate:.0%}: {why}".replace(
                    "%", " %"
                )
                warning |= {"churn": round(chance, 4), "churn_of_all": round(churn.rate, 4)}
            yield warning | {
                "segment": profile.segment if profile else None,
                "profile_ms": profile.time_ms if profile else None,
            }

    def _rows(self, users: Sequence[str]) -> Floats:
        return self.customers.rows(users, self._now_ms, self.forecast.columns)
