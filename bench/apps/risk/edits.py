"""Edits of purchases, from which cases are made."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np

from bench.apps.purchase import Purchase
from bench.apps.risk.stream import Histories
from stream.core.policy import DAY_MS

GROWTH_MS = 35 * DAY_MS
GROWTH = 2.5


def before(history: Iterable[Purchase], time_ms: int) -> list[Purchase]:
    return [each for each in history if each.timestamp < time_ms]


def of_user(user: str, purchase: Purchase) -> Purchase:
    return msgspec.structs.replace(purchase, user_id=user)


def at_time(purchase: Purchase, time_ms: int) -> Purchase:
    return msgspec.structs.replace(purchase, timestamp=time_ms, id=f"{purchase.id}-{time_ms}")


def scaled(purchase: Purchase, factor: float) -> Purchase:
    return msgspec.structs.replace(purchase, amount=round(purchase.amount * factor, 2))


def growth(since_ms: int) -> float:
    return 1 + (GROWTH - 1) * min(max(since_ms, 0) / GROWTH_MS, 1)


def by_mean_amount(histories: Histories) -> list[str]:
    """Return the texts of at least 20 purchases, the cheapest first."""
    amounts: dict[str, list[float]] = {}
    for history in histories.values():
        for each in history:
            amounts.setdefault(each.text, []).append(each.amount)
    common = {text: float(np.mean(of_text)) for text, of_text in amounts.items() if len(of_text) >= 20}
    return sorted(common, key=lambda text: (common[text], text))
