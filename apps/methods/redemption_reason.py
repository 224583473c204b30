"""Why a campaign goes to a user, in words that are true of the user's numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import expm1

from apps.methods.redemption import COUNTED
from stream.core.arrays import Floats

_WORDS = 3  # reasons, at most


def reason(names: Sequence[str], row: Floats, parts: Floats) -> str:
    """Return the features that speak most for the user, the strongest first; empty if none does.

    `row` and `parts` are `(n_names,)`.

    >>> import numpy as np
    >>> row = np.array([np.log1p(2), 0, 0, np.log1p(3), np.log1p(5), 0.4, 0.3])
    >>> reason((*COUNTED, "share_coupon"), row, np.array([0.1, 0, 0, 0.9, 0, -0.1, 0.2]))
    'redeemed 3 of 5 campaigns; 9 % of the items are of kind coupon; bought 2 days ago'
    """
    strongest = sorted(range(len(names)), key=lambda each: -parts[each])[:_WORDS]
    said = [_words(names[each], float(row[each]), row) for each in strongest if parts[each] > 0]
    return "; ".join(said)


def _words(name: str, value: float, row: Floats) -> str:
    number = expm1(value) if name in COUNTED else value
    match name:
        case "recency":
            return f"bought {number:.0f} days ago"
        case "visits":
            return f"{number:.1f} visits, of which old ones count less"
        case "spend":
            return f"spent {number:.2f}, of which old purchases count less"
        case "redeemed":
            received = expm1(row[COUNTED.index("received")])
            return f"redeemed {number:.0f} of {max(number, received):.0f} campaigns"
        case "received":
            return f"received {number:.0f} campaigns"
        case "affinity":
            return f"buys what the campaign is about (cosine {value:.2f})"
    return f"{value**2:.0%} of the items are of kind {name.removeprefix('share_')}".replace("%", " %")
