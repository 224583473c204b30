"""Why a user is likely to leave, in words that are true of the user's numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import expm1

from apps.methods.outlook import Outlook
from apps.methods.outlook_features import NOW
from apps.methods.spending import PERIODS, SHARES
from stream.core.arrays import Floats
from stream.core.features import GENERAL
from stream.core.policy import DAY_MS

_N_REASONS = 3  # at most
_LEAST = 0.05  # log odds: less is not worth a word
_TEXTS = "buys what users who leave buy"


def reason(names: Sequence[str], row: Floats, churn: Outlook, horizon_ms: int) -> str:
    """Return what speaks most for churn in a row, the strongest first; `names` are those of its readable columns."""
    return words_of(names, row, churn.parts(row[None])[0], churn.deviations(row[None])[0], horizon_ms)


def words_of(names: Sequence[str], row: Floats, parts: Floats, deviations: Floats, horizon_ms: int) -> str:
    """Return words for the largest of `parts (n_names + 1,)`; the last part is that of all texts.

    >>> import numpy as np
    >>> names = ("days_since_purchase", "purchases_middle", "profile_weekend_share")
    >>> row, parts = np.log1p([21, 1, 0]), np.array([0.9, 0.4, 0.1, 0.0])
    >>> words_of(names, row, parts, np.array([2.0, -1.0, -1.0]), 56 * DAY_MS)
    'last purchase 21 days ago; purchases in the last 4 weeks: 1; weekdays'
    """
    said: dict[str, str] = {}  # by what it is about
    for at in sorted(range(len(parts)), key=lambda each: -parts[each]):
        if parts[at] < _LEAST or len(said) == _N_REASONS:
            break
        if at == len(names):
            said[_TEXTS] = _TEXTS
        elif words := _words(names[at], float(row[at]), float(deviations[at]), horizon_ms):
            said.setdefault(_about(names[at]), words)
    return "; ".join(said.values()) or "nothing speaks for it more than for others"


def _about(name: str) -> str:
    period = name.rpartition("_")[2]
    return period if period in PERIODS else name


def _words(name: str, value: float, deviations: float, horizon_ms: int) -> str:
    """Return words for one feature; "" for one that tells people nothing."""
    if name == "days_since_purchase":
        return f"last purchase {_days(expm1(value))} ago"
    if name == "days_known":
        return f"known for {_days(expm1(value))}" if deviations < 0 else ""
    kind, _, period = name.rpartition("_")
    if period in PERIODS and kind in ("items", "purchases", "spend"):
        number = f"{expm1(value):.2f}" if kind == "spend" else f"{expm1(value):.0f}"
        window = _days(SHARES[PERIODS.index(period)] * horizon_ms / DAY_MS).removeprefix("1 ")
        return f"{kind} in the last {window}: {number}"
    feature = GENERAL.get(name.removeprefix(NOW)) if name.startswith(NOW) else None
    return feature.words(value, deviations) if feature else ""


def _days(days: float) -> str:
    """Return a time in the unit that people would use.

    >>> _days(1.2), _days(21), _days(28), _days(0.2)
    ('1 day', '21 days', '4 weeks', '5 hours')
    """
    if days < 1:
        number, unit = round(days * 24), "hour"
    elif days >= 28 and days % 7 == 0:
        number, unit = round(days / 7), "week"
    else:
        number, unit = round(days), "day"
    return f"{number} {unit}" + ("" if number == 1 else "s")
