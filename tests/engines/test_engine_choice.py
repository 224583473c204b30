"""Faust is an extra: the other engine works without it, and the Faust engine names the missing package."""

from __future__ import annotations

import subprocess
import sys

ABSENT = """
import sys
sys.modules['faust'] = None
from stream.cli.main import main
main()
"""
LOADED = """
import sys
from stream.bootstrap import run_worker
import stream.cli.main
assert not {name for name in sys.modules if name.split('.')[0] in ('faust', 'aiokafka', 'mode')}
"""


def test_the_other_engine_does_without_faust() -> None:
    subprocess.run([sys.executable, "-c", LOADED], check=True)


def test_the_faust_engine_without_faust_names_the_package_to_install_before_it_connects() -> None:
    command = [sys.executable, "-c", ABSENT, "worker", "--engine", "faust", "--bootstrap-servers", "127.0.0.1:1"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 1
    assert "the engine faust needs the package faust" in ended.stderr
    assert "Traceback" not in ended.stderr
