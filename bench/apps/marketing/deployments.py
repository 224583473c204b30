"""The deployments whose profiles are compared, and what each had published when the campaigns began."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bench.apps.marketing.journey import events
from bench.apps.published import Published, published_at
from stream.files.complete_journey import END_MS, START_MS, purchases


@dataclass(frozen=True)
class Deployment:
    """Settings of a worker that differ from the defaults, in words too; with or without coupons in its stream."""

    words: str
    settings: Mapping[str, str]
    has_coupons: bool

    def published(self, times_ms: Sequence[int], households: Collection[int] | None) -> list[Published]:
        """Return what was published at each time; what a replay of all households published is kept on disk."""
        if households is not None:
            stream = events if self.has_coupons else purchases
            return published_at(times_ms, self.settings, events=stream(START_MS, max(times_ms), households))
        if not self.has_coupons:
            return published_at(times_ms, self.settings)
        return published_at(times_ms, self.settings, events=events(START_MS, END_MS, None), stream="with campaigns")


DEFAULTS = Deployment("defaults, purchases alone", {}, has_coupons=False)
WITH_COUPONS = Deployment(
    "255 items, coupons as a kind", {"window_items": "255", "kinds": "purchase,coupon"}, has_coupons=True
)
