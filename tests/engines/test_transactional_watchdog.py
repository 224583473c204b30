"""A call that does not return ends the process, and one that returns does not."""

from __future__ import annotations

import subprocess
import sys
from threading import Event

import pytest

from stream.engines.transactional.watchdog import end_process_after

HANGS = """
from threading import Event
from stream.engines.transactional.watchdog import end_process_after
with end_process_after(0.1, "commit"):
    Event().wait()
"""


def test_a_call_that_hangs_ends_the_process_with_code_1_and_its_name() -> None:
    ended = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=300)
    assert ended.returncode == 1
    assert "the Kafka client hangs" in ended.stdout + ended.stderr
    assert "commit" in ended.stdout + ended.stderr


def test_a_call_that_returns_or_raises_in_time_ends_nothing() -> None:
    passed = Event()
    with end_process_after(0.1, "commit"):
        passed.set()
    with pytest.raises(ValueError, match="refused"), end_process_after(0.1, "commit"):
        raise ValueError("refused")
    assert not Event().wait(0.3), "the process would have ended by now"
    assert passed.is_set()
