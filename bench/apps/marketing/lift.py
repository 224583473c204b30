"""Redemption rate among the best-ranked recipients of each campaign, with its bootstrap over households.

A method chooses the same share of the recipients within each campaign; the rate is that of the chosen of all campaigns
together. Equal scores share the places that are left among them, so ties are worth their mean, whatever their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.quality.estimates import Estimate, estimate
from stream.core.arrays import Floats


@dataclass(frozen=True)
class Ranked:
    """A campaign's recipients: households `(n,)` as rows of the draw counts, scores `(n,)`, and redemptions `(n,)`."""

    households: NDArray[np.intp]
    scores: Floats
    is_redeemed: NDArray[np.bool_]


@dataclass(frozen=True)
class Rates:
    """Redemption rates of the chosen and of all recipients: as seen first, then one for each resample, `(1 + R,)`."""

    chosen: Floats
    all: Floats

    @property
    def rate(self) -> Estimate:
        """The rate among the chosen."""
        return estimate(float(self.chosen[0]), self.chosen[1:])

    @property
    def lift(self) -> Estimate:
        """The rate among the chosen in multiples of that among all."""
        lifts = self._lifts
        return estimate(float(lifts[0]), lifts[1:])

    def lead(self, baseline: Rates) -> Estimate:
        """Return the difference of the lifts in the same resamples."""
        differences = self._lifts - baseline._lifts
        return estimate(float(differences[0]), differences[1:])

    @property
    def _lifts(self) -> Floats:
        return self.chosen / self.all


def rates(campaigns: Sequence[Ranked], share: float, counts: Floats) -> Rates:
    """Return the rates when `share` of the recipients of each campaign is chosen.

    `counts (R, n_households)` says how often each resample drew a household; the first rates are of each one once.
    """
    draws = np.concatenate([np.ones((1, counts.shape[1])), counts])
    found = np.sum([_chosen(campaign, share, draws[:, campaign.households]) for campaign in campaigns], axis=0)
    n_chosen, n_redeemed, n_all, n_all_redeemed = found
    return Rates(n_redeemed / n_chosen, n_all_redeemed / n_all)


def _chosen(campaign: Ranked, share: float, draws: Floats) -> Floats:
    """Return `(4, 1 + R)`: chosen, redeemed among them, recipients, redeemed among those."""
    order = np.argsort(-campaign.scores, kind="stable")
    starts = np.flatnonzero(np.diff(campaign.scores[order], prepend=np.inf))  # of each group of equal scores
    n = np.add.reduceat(draws[:, order], starts, axis=1)
    redeemed = np.add.reduceat(draws[:, order] * campaign.is_redeemed[order], starts, axis=1)
    n_all = n.sum(axis=1, keepdims=True)
    before = np.cumsum(n, axis=1) - n
    taken = np.clip((share * n_all - before) / np.maximum(n, 1.0), 0.0, 1.0)
    return np.stack([(taken * n).sum(axis=1), (taken * redeemed).sum(axis=1), n_all[:, 0], redeemed.sum(axis=1)])
