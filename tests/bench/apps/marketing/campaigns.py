"""Situations of planted campaigns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bench.apps.marketing.situations import Situation
from stream.core.arrays import Floats
from stream.core.policy import DAY_MS

START_MS = 1_493_596_800_000


def situation(
    campaign: str,
    days: int,
    is_redeemed: NDArray[np.bool_],
    counted: Floats | None = None,
    chosen: dict[str, Floats] | None = None,
) -> Situation:
    """Return a campaign `days` after START_MS to households 1, 2, …; those who redeem do so a day later."""
    n, start_ms = len(is_redeemed), START_MS + days * DAY_MS
    return Situation(
        id=campaign,
        start_ms=start_ms,
        households=np.arange(1, n + 1),
        counted=np.zeros((n, 5)) if counted is None else counted,
        n_coupons=np.zeros(n),
        explicit=np.zeros((n, 2)),
        semantic=np.zeros((n, 4), np.float32),
        segments=tuple("s-0001" for _ in range(n)),
        affinity=np.zeros(n),
        redeemed_ms=np.where(is_redeemed, start_ms + DAY_MS, np.inf),
        chosen={"training": np.zeros(n)} if chosen is None else chosen,
    )
