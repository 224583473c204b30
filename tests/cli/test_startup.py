"""A verb starts without the packages that only other verbs need, and says before it connects what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HEAVY = frozenset({"fastapi", "numba", "onnxruntime", "pandas", "pyarrow", "scipy", "sklearn", "umap", "uvicorn"})


def imported_by(module: str) -> set[str]:
    """Return the packages that a fresh process has imported after a module."""
    code = f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    return set(done.stdout.split())


def test_the_list_of_verbs_imports_no_heavy_package() -> None:
    assert imported_by("stream.cli.main") & HEAVY == set()


def test_the_check_finds_a_heavy_package() -> None:
    assert "sklearn" in imported_by("stream.jobs.trainer")


def test_a_worker_without_a_compiled_kernel_says_so_before_it_connects(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "stream.cli.main", "worker", "--bootstrap-servers", "127.0.0.1:1"]
    environment = os.environ | {"SEGUE_KERNEL_FOLDER": str(tmp_path)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 1
    assert "Error: the compiled kernel is missing: " in ended.stderr
    assert "make setup" in ended.stderr
