"""The deployments whose profiles are compared, and what each had published when the campaigns began."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bench.apps.marketing.journey import events
from bench.apps.published import Published, decoded, published_at, replayed
from bench.apps.published_cache import cache_of
from bench.harness.setting_texts import settings_with
from stream.core.policy import PublishProfiles
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
        return self._kept(times_ms)

    def _kept(self, times_ms: Sequence[int]) -> list[Published]:
        texts = {"publish_profiles": PublishProfiles.ALWAYS.value, **self.settings}
        chosen = settings_with(texts)
        with cache_of(texts | {"stream": "with coupons"}, chosen.process.encoder, None) as cache:
            if missing := {time_ms for time_ms in times_ms if not cache.has(time_ms)}:
                for time_ms, records in replayed(events(START_MS, END_MS, None), missing, chosen).items():
                    cache.keep(time_ms, records)
            return [decoded(time_ms, cache.read(time_ms)) for time_ms in times_ms]


DEFAULTS = Deployment("defaults, purchases alone", {}, has_coupons=False)
WITH_COUPONS = Deployment(
    "255 items, coupons as a kind", {"window_items": "255", "kinds": "purchase,coupon"}, has_coupons=True
)
