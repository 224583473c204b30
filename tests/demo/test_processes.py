"""Processes of the demo: they end with the block, and a failure leaves its log."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stream.demo.processes import DemoError, demo_folder, running, verb


def test_a_folder_is_removed_at_the_end() -> None:
    with demo_folder() as folder:
        (folder / "worker.log").write_text("ready")
    assert not folder.exists()


def test_a_folder_stays_if_the_demo_failed() -> None:
    with pytest.raises(DemoError), demo_folder() as folder:
        raise DemoError("the worker ended")
    assert folder.exists()
    folder.rmdir()


def test_a_process_that_ends_is_an_error_with_the_end_of_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('no such encoder')"]
    worker = running("worker", command, tmp_path, "http://127.0.0.1:1", "/readyz")
    with worker as process, pytest.raises(DemoError, match="no such encoder") as failed:
        process.await_ready()
    assert str(tmp_path / "worker.log") in str(failed.value)


def test_a_verb_has_the_demos_settings_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGUE_MARGIN", "0.9")
    command = verb({"dwell_ms": "7"}, "config")
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    rows = {line.split()[0]: line for line in shown.splitlines() if " = " in line}
    assert rows["dwell_ms"].split()[2] == "7"
    assert rows["margin"].split()[2] != "0.9"
