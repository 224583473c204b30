"""Small drawings as numbers for SVG attributes, so that a page needs neither a script nor a style attribute."""

from __future__ import annotations

import math
from collections.abc import Sequence

N_SHADES = 8
N_HUES = 8


def sparkline(numbers: Sequence[float], width: float = 100, height: float = 24) -> str:
    """Return the `points` of a polyline that shows numbers from 0 to their largest; empty for fewer than two.

    >>> sparkline([0, 1, 2], 100, 20)
    '0,19 50,10 100,1'
    """
    if len(numbers) < 2:
        return ""
    top, step, inner = max(max(numbers), 1e-12), width / (len(numbers) - 1), height - 2
    return " ".join(f"{place * step:.4g},{1 + inner * (1 - each / top):.4g}" for place, each in enumerate(numbers))


def shade(number: float, largest: float) -> int:
    """Return a class of shade from 0 (none) to `N_SHADES`; small numbers are told apart too, by the square root.

    >>> shade(0, 10), shade(10, 10), shade(1, 100), shade(1, 0)
    (0, 8, 1, 0)
    """
    if number <= 0 or largest <= 0:
        return 0
    return min(N_SHADES, max(1, round(math.sqrt(number / largest) * N_SHADES)))


def bar(number: float, largest: float) -> tuple[float, float]:
    """Return left edge and width of a bar on a scale from −`largest` at 0 to `largest` at 100, from the middle.

    >>> bar(1, 2), bar(-2, 2), bar(9, 2)
    ((50.0, 25.0), (0.0, 50.0), (50.0, 50.0))
    """
    width = 50.0 * min(1.0, abs(number) / largest) if largest > 0 else 0.0
    return (50.0 if number >= 0 else 50.0 - width), width
