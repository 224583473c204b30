"""Recipients as they were known when each campaign began: by the application's own counts, and as published."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apps.marketing import Marketing
from apps.methods.redemption import COUNTED, HALF_LIFE_MS
from apps.settings import MarketingSettings
from bench.apps.marketing.journey import COUPON, Message, Sending, event_of
from bench.apps.published import Published
from stream.core.arrays import Floats, Vectors
from stream.core.encoder import Encoder
from stream.core.event import Event
from stream.wire.profiles import arrays_of

JUDGED_FROM_MS = 1_493_596_800_000  # 2017-05-01: earlier campaigns have no redemptions to learn from
RECIPIENTS_MIN = 100

Learners = Callable[[str], bool]  # the users that may be learned from


@dataclass(frozen=True)
class Situation:
    """A campaign at its start, with a row of each array for each recipient of known profile.

    `counted (n, 5)` are days since the last purchase, visits, spend, campaigns redeemed and received, by then.
    `chosen (n,)` are the application's scores for each group of learners. `redeemed_ms` is infinite without redemption.
    """

    id: str
    start_ms: int
    households: NDArray[np.intp]
    counted: Floats
    n_coupons: Floats
    explicit: Floats
    semantic: Vectors
    segments: tuple[str, ...]
    affinity: Floats
    redeemed_ms: Floats
    chosen: dict[str, Floats]


class Journey:
    """A run of the application through the year: it reads events and profiles, and ranks before it learns."""

    def __init__(self, sendings: Sequence[Sending], encoder: Encoder) -> None:
        self.app = Marketing(MarketingSettings(), encoder)
        self.app.campaigns.update({each.campaign.key: each.campaign for each in sendings})
        self._sendings = sendings
        self._coupons: dict[str, tuple[float, int]] = {}  # decayed number, and its time

    def situations(
        self, published: Sequence[Published], events: Iterable[Message], learners: Mapping[str, Learners]
    ) -> Iterator[Situation]:
        """Yield the situation of each sending to known households, before anything of its time or later is read."""
        waiting = map(event_of, events)
        event = next(waiting, None)
        for sending, moment in zip(self._sendings, published, strict=True):
            while event is not None and event.time_ms < sending.start_ms:
                self._take(event)
                event = next(waiting, None)
            for profile in moment.profiles.values():
                self.app.on_profile(profile)
            if users := [user for user in map(str, sending.households) if self.app.recipients.is_known(user)]:
                yield self._situation(sending, users, learners if is_judged(sending) else {})

    def _take(self, event: Event) -> None:
        self.app.on_event(event)
        if event.kind == COUPON:
            n_coupons = self._n_coupons(event.user, event.time_ms)
            self._coupons[event.user] = n_coupons + 1, event.time_ms

    def _n_coupons(self, user: str, now_ms: int) -> float:
        n_coupons, then_ms = self._coupons.get(user, (0.0, now_ms))
        return float(n_coupons * 0.5 ** ((now_ms - then_ms) / HALF_LIFE_MS))

    def _situation(self, sending: Sending, users: Sequence[str], learners: Mapping[str, Learners]) -> Situation:
        known = self.app.recipients
        rows = known.features(sending.campaign, users, sending.start_ms)
        explicit, semantic = arrays_of([known.profiles[user] for user in users])
        return Situation(
            id=sending.campaign.id,
            start_ms=sending.start_ms,
            households=np.array(users, np.intp),
            counted=np.expm1(rows[:, : COUNTED.index("affinity")]),
            n_coupons=np.array([self._n_coupons(user, sending.start_ms) for user in users]),
            explicit=explicit,
            semantic=semantic,
            segments=tuple(known.profiles[user].segment for user in users),
            affinity=rows[:, COUNTED.index("affinity")],
            redeemed_ms=np.array([sending.redeemed_ms.get(int(user), np.inf) for user in users]),
            chosen={name: self._chosen(sending, users, learner) for name, learner in learners.items()},
        )

    def _chosen(self, sending: Sending, users: Sequence[str], learner: Learners) -> Floats:
        choices = self.app.recipients.choose(sending.campaign, users, len(users), sending.start_ms, learner)
        score_of = {choice.user: choice.score for choice in choices}
        return np.array([score_of[user] for user in users])


def is_judged(sending: Sending) -> bool:
    """Return True for a campaign with enough recipients and enough campaigns before it."""
    return sending.start_ms >= JUDGED_FROM_MS and sending.n_sent >= RECIPIENTS_MIN
