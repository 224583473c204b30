"""`segue serve` in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the verb on a free port; give the process and the address that it prints."""
    unset = {name: value for name, value in os.environ.items() if not name.startswith("SEGUE_")}
    command = [sys.executable, "-m", "stream.cli.main", "serve", "--serve-port", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=unset)
    try:
        assert process.stdout
        yield process, process.stdout.readline().split()[0]
    finally:
        process.kill()
        process.communicate()
