"""The whole measurement on a few households: replay, application, all methods, and the table."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.apps.risk import PART
from bench.apps.risk.cases import Kind
from bench.apps.risk.measure import AS_IT_RUNS, Sizes
from bench.apps.risk.methods import APP, methods
from bench.apps.risk.table import TOGETHER


def test_every_method_has_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    rows = PART.measure(Sizes(n_seeds=1, n_cases=1, n_rings=1, one_household_in=40))
    together = [row.method for row in rows if row.kind == TOGETHER]
    assert set(together) == {*methods(), AS_IT_RUNS}
    assert len(together) == len(set(together))
    assert [row.kind for row in rows if row.method == APP] == [TOGETHER, *Kind]
    assert {row.n_cases for row in rows if row.kind == TOGETHER} == {3 + 6}
