"""The line through a figure, and what is said of it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.soak.sampling import ProcessSample, Sample, process_sample, topic_sizes
from bench.soak.trend import trend
from bench.soak.verdict import Verdict, after_warm_up, rows, verdict

HOUR_S = 3600.0
PROCESS = ProcessSample(rss_mb=400.0, n_files=70, n_threads=45, cpu_s=0.0)


def sample(elapsed_s: float, rss_mb: float) -> Sample:
    worker = replace(PROCESS, rss_mb=rss_mb, cpu_s=elapsed_s / 2)
    return Sample(
        elapsed_s=elapsed_s,
        n_events=round(1_000 * elapsed_s),
        waiting=5_000,
        lag=5_000.0,
        n_users=10_000.0,
        worker=worker,
        broker=PROCESS,
        n_full_collections=0,
        collection_s=0.0,
        topic_mb={"user-events": 100.0},
        not_delivered=0.0,
        segment_model=1.0,
    )


def test_the_interval_holds_the_slope_that_noise_hides() -> None:
    chance, hits = np.random.default_rng(0), 0
    times_s = np.arange(0, HOUR_S, 10.0)
    for _ in range(200):
        found = trend(list(times_s), list(400 + 30 * times_s / HOUR_S + chance.normal(0, 10, len(times_s))))
        hits += found.low <= 30 <= found.high
    assert 180 <= hits <= 198, "about 95 of 100"


def test_a_figure_that_never_moves_has_no_slope() -> None:
    assert trend([0.0, 1.0, 2.0, 3.0], [7.0] * 4) == trend([0.0, 5.0, 6.0], [0.0] * 3)


def test_two_samples_are_no_trend() -> None:
    with pytest.raises(ValueError, match="at least 3 samples, got 2"):
        trend([0.0, 1.0], [0.0, 1.0])


@pytest.mark.parametrize(
    ("mb_per_hour", "expected"), [(0.0, Verdict.FLAT), (60.0, Verdict.RISING), (-60.0, Verdict.FALLING)]
)
def test_a_row_says_how_memory_moves(mb_per_hour: float, expected: Verdict) -> None:
    samples = [sample(at, 400.0 + mb_per_hour * at / HOUR_S) for at in np.arange(10.0, HOUR_S, 10.0).tolist()]
    found = {row.figure: row for row in rows(samples)}
    memory = found["worker, MiB resident"]
    assert memory.verdict == expected
    assert memory.change_per_hour == pytest.approx(mb_per_hour, abs=1e-6)
    assert found["events a second"].mean == pytest.approx(1_000)
    assert found["worker, µs of CPU an event"].mean == pytest.approx(500)
    assert found["user-events, MiB on disk"].verdict == Verdict.FLAT


def test_noise_without_a_trend_is_not_called_a_rise() -> None:
    chance = np.random.default_rng(1)
    samples = [sample(at, 400.0 + chance.normal(0, 60)) for at in np.arange(10.0, HOUR_S, 60.0).tolist()]
    assert {row.figure: row for row in rows(samples)}["worker, MiB resident"].verdict == Verdict.UNSURE
    assert verdict(100, -6, 20) == Verdict.UNSURE


def test_the_warm_up_is_at_most_twenty_minutes() -> None:
    hour = [sample(at, 400.0) for at in np.arange(60.0, HOUR_S + 1, 60.0).tolist()]
    assert after_warm_up(hour)[0].elapsed_s == 1200.0
    assert after_warm_up(hour[:30])[0].elapsed_s == 600.0
    assert after_warm_up([]) == []


def test_this_process_is_sampled() -> None:
    found = process_sample(os.getpid())
    assert found.rss_mb > 10
    assert min(found.n_files, found.n_threads) > 0
    with pytest.raises(OSError, match="No such"):
        process_sample(2**22 + 1)


def test_the_size_of_a_topic_is_that_of_its_partitions(tmp_path: Path) -> None:
    for partition, n_kib in ((0, 1024), (1, 512)):
        folder = tmp_path / f"user-events-{partition}"
        folder.mkdir()
        (folder / "0.log").write_bytes(bytes(n_kib << 10))
        (folder / "0.index").write_bytes(bytes(1 << 20))
    (tmp_path / "meta.properties").touch()
    assert topic_sizes(tmp_path) == {"user-events": 1.5}
