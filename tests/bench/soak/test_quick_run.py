"""`python -m bench soak` from end to end, for seconds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bench.harness.conditions import ROOT
from bench.soak.watched_worker import Collections, collections


def test_a_short_run_prints_a_row_for_each_figure(tmp_path: Path) -> None:
    file = tmp_path / "soak.json"
    options = ["--minutes", "0.3", "--every-s", "1", "--rate", "500", "--regulars", "100", "--json", str(file)]
    command = [sys.executable, "-m", "bench", "soak", *options]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    samples = json.loads(file.read_bytes())["samples"]
    for figure in ("worker, MiB resident", "worker, open files", "users in memory", "user-events, MiB on disk"):
        assert f"| {figure} " in ended.stdout
    last = samples[-1]
    assert last["n_events"] > 500
    assert last["worker"]["rss_mb"] > 50
    assert 0 < last["n_users"] <= 200
    assert last["topic_mb"]["user-events"] > 0


def test_full_collections_are_counted_with_their_seconds(tmp_path: Path) -> None:
    file = tmp_path / "collections.json"
    assert collections(file) == (0, 0.0)
    counter = Collections(file)
    for generation in (0, 2, 1, 2):
        for phase in ("start", "stop"):
            counter(phase, {"generation": generation})
    n, seconds = collections(file)
    assert n == 2
    assert seconds >= 0.0
