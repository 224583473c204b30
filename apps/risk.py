"""Risk: users who behave like somebody else, grow without pause, or behave like each other."""

from __future__ import annotations

from collections.abc import Iterable
from shlex import quote as shell_quote
from typing import Any, ClassVar, NamedTuple
from urllib.parse import quote as url_quote

from apps.app import Action, App
from apps.methods.alarm_budget import WEEK_MS, AlarmBudget
from apps.methods.risk_signals import Observed, Signal, Signals
from apps.settings import RiskSettings
from stream.core.features import GENERAL
from stream.wire.changes import SegmentChange
from stream.wire.profiles import UserProfile
from stream.wire.topics import SEGMENT_CHANGES, USER_PROFILES

_SIGNALS = tuple(Signal)
_N_FEATURES = 3  # in a reason
_REMARKABLE = 1.0  # standard deviations from the user's own past
_SAYS = {
    Signal.STRANGER: "does not behave as ever before",
    Signal.OTHER_PERSON: "has for some time behaved like another person",
    Signal.GROWTH: "buys more often, and for more, than ever before",
    Signal.RING: "behaves almost exactly like other users",
}


class Judged(NamedTuple):
    """A judgement of a profile by its largest signal, in units of its tail: each unit is e times as rare."""

    signal: Signal
    score: float
    observed: Observed


class Risk(App):
    """An application that alerts at an accepted rate, at most once a week for each user.

    Weeks of the stream pass before the first alert: what is ordinary is learned from them.
    """

    topics: ClassVar[tuple[str, ...]] = (USER_PROFILES, SEGMENT_CHANGES)

    def __init__(self, settings: RiskSettings) -> None:
        self.signals = Signals()
        self.budget = AlarmBudget(len(_SIGNALS), settings.risk_false_alarms / 1000)
        self._changes: dict[str, SegmentChange] = {}
        self._quiet_until_ms: dict[str, int] = {}
        self._has_read_past = False

    def on_profile(self, record: UserProfile) -> Iterable[Action]:
        """Return an alert if the profile's largest signal reaches the threshold."""
        judged = self.judge(record)
        is_quiet = record.time_ms < self._quiet_until_ms.get(record.user, 0)
        if judged is None or judged.score < self.budget.threshold or is_quiet:
            return ()
        self._quiet_until_ms[record.user] = record.time_ms + WEEK_MS
        return [self._alert(record, judged)]

    def judge(self, record: UserProfile) -> Judged | None:
        """Return how unusual a profile is, and learn from it; None for one without new items or with few."""
        observed = self.signals.observe(record)
        if observed is None:
            return None
        self.budget.take(record.user, observed.values, record.time_ms)
        excesses = self.budget.excesses(observed.values)
        at = int(excesses.argmax())
        return Judged(_SIGNALS[at], float(excesses[at]), observed)

    def on_change(self, change: SegmentChange) -> Iterable[Action]:
        """Keep a user's newest change, as evidence."""
        self._changes[change.user] = change
        return ()

    def on_idle(self) -> Iterable[Action]:
        """Fit the budget once the past is read: its weeks may have come partition by partition."""
        if not self._has_read_past:
            self._has_read_past = True
            self.budget.fit()
        return ()

    def forget(self, user: str) -> None:
        """Drop everything about an erased user."""
        self.signals.forget(user)
        self.budget.forget(user)
        self._changes.pop(user, None)
        self._quiet_until_ms.pop(user, None)

    def _alert(self, record: UserProfile, judged: Judged) -> Action:
        change = self._changes.get(record.user)
        alert: dict[str, Any] = {
            "app": "risk",
            "time_ms": record.time_ms,
            "user": record.user,
            "do": "review",
            "signal": judged.signal,
            "score": round(judged.score, 2),
            "threshold": round(self.budget.threshold, 2),
            "reason": f"{_SAYS[judged.signal]}: {_evidence(record, judged, change)}",
            "segment": record.segment,
            "profile_ms": record.time_ms,
        }
        if judged.signal is Signal.RING:
            alert["like"] = [{"user": user, "cosine": round(cosine, 3)} for user, cosine in judged.observed.twins]
        return alert | _links(record.user, change)


def _links(user: str, change: SegmentChange | None) -> Action:
    """Return where the user's newest change is explained, and with it the user's present state."""
    command, path = f"segue explain {shell_quote(user)}", f"/api/v1/users/{url_quote(user, safe='')}"
    if change is None:
        return {"explain": command, "explain_path": f"{path}/explanation"}
    return {
        "change": change.sequence,
        "explain": f"{command} --sequence {change.sequence}",
        "explain_path": f"{path}/changes/{change.sequence}/explanation",
    }


def _evidence(record: UserProfile, judged: Judged, change: SegmentChange | None) -> str:
    """Return what the alert rests on, in words."""
    observed = judged.observed
    if judged.signal is Signal.RING:
        users = " and ".join(user for user, _ in observed.twins)
        parts = [f"the same kinds of items as {users} (cosine {observed.twins[-1][1]:.2f})"]
    else:
        largest = sorted(observed.deviations.items(), key=lambda each: -abs(each[1]))[:_N_FEATURES]
        parts = [f"{words} ({by:+.1f} standard deviations)" for name, by in largest if (words := _words(name, by))]
        parts.append(f"texts with a cosine of {observed.likeness:.2f} to the user's own past")
    if change is not None and record.time_ms - change.decision_time_ms <= WEEK_MS:
        parts.append(change.summary)
    return "; ".join(parts)


def _words(feature: str, deviations: float) -> str:
    """Return the words of a feature for a move away from the own past; "" for a small one."""
    if feature not in GENERAL or abs(deviations) < _REMARKABLE:
        return ""
    return GENERAL[feature].high if deviations > 0 else GENERAL[feature].low
