"""The whole measurement on a few households."""

from __future__ import annotations

import re

from bench.apps.marketing import PART


def test_a_quick_run_has_every_method_with_intervals_around_its_figures() -> None:
    rows = PART.measure(PART.quick)
    assert rows[0].method == "random"
    assert [row.lift_at_10 for row in rows if row.method == "random"] == ["1.00 (1.00 to 1.00)"]
    assert sum(row.method == "the application" for row in rows) == 2
    for row in rows:
        value, low, high = map(float, re.fullmatch(r"(\S+) \((\S+) to (\S+)\)", row.over_past).groups())  # type: ignore[union-attr]
        assert low <= value <= high
    (past,) = [row for row in rows if row.method == "past redemption"]
    assert past.over_past == "0.00 (0.00 to 0.00)"
