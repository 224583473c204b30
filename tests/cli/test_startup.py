"""A verb starts without the packages that only other verbs need."""

from __future__ import annotations

import subprocess
import sys

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
