"""The whole measurement, on a small stream."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from click.testing import CliRunner

from bench.stability.command import stability
from bench.stability.measurement import measure
from bench.stability.runs import BOTH, FIXED, LEARNING, NEITHER, Stream, demo_settings
from export.presets.completejourney import BEFORE
from tests.fakes import HashEncoder


def test_the_tables_of_a_small_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    for owner in ("stream.bootstrap", "bench.stability.measurement"):
        monkeypatch.setattr(f"{owner}.build_encoder", lambda process: HashEncoder())
    settings = demo_settings("no folder")
    settings = replace(settings, training=replace(settings.training, warm_up_samples=200, batch_samples=200))
    small = Stream(40, learn_from="2017-08-01", replay_from="2017-08-20", count_from="2017-09-05", until=BEFORE)
    with ThreadPoolExecutor(1) as pool:
        restless, late, bought, new, declared = measure(small, settings, pool)
    moves = {row.decision: row.n_moves for row in restless.rows}
    assert list(moves) == [*FIXED, *LEARNING]
    assert moves[BOTH] < moves[NEITHER]
    assert [row.decision for row in late.rows] == list(FIXED)[:-1]
    assert all(row.n_groups > 1 for row in bought.rows[:-1])
    assert [len(table.rows) for table in (bought, new, declared)] == [10, 10, 10]


def test_the_command_has_help() -> None:
    result = CliRunner().invoke(stability, ["--help"])
    assert (result.exit_code, "--quick" in result.output) == (0, True)
