"""The measurement runs on real purchases, small, and its rows are every method on the same audiences."""

from __future__ import annotations

from bench.apps.lookalike import PART
from bench.apps.lookalike.methods import BASELINE, METHODS


def test_a_quick_run_has_a_row_for_each_method() -> None:
    rows = PART.measure(PART.quick)
    assert [row.method for row in rows] == list(METHODS)
    [baseline] = [row for row in rows if row.method == BASELINE]
    assert baseline.more_than_explicit_features.startswith("0.000 (0.000")
    assert all("too few" not in (row.buyers, row.declared) for row in rows)
