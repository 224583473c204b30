"""A Python with Quix Streams, apart from Segue's own packages: made once in the cache folder.

Quix Streams pins other versions of packages that Segue uses, so it does not share an environment.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from stream.devkafka.jars import cache_folder

QUIX_VERSION = "3.28.1"

_PACKAGES = (f"quixstreams=={QUIX_VERSION}", "numpy>=2.1")
_S_MAX = 600


def quix_folder() -> Path:
    """Return the folder of the environment."""
    return cache_folder(os.environ) / f"quixstreams-{QUIX_VERSION}-py{sys.version_info[0]}{sys.version_info[1]}"


def quix_python() -> Path | None:
    """Return the interpreter if it was made already."""
    python = _python(quix_folder())
    return python if (quix_folder() / "complete").exists() and python.exists() else None


def make_quix_python() -> Path | None:
    """Return the interpreter, made if there is none. None if the packages could not be installed."""
    if (found := quix_python()) is not None:
        return found
    python = _python(quix_folder())
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(quix_folder())],
        [str(python), "-m", "pip", "install", "--quiet", *_PACKAGES],
    ):
        if subprocess.run(command, timeout=_S_MAX, check=False).returncode:
            return None
    (quix_folder() / "complete").touch()
    return python


def _python(folder: Path) -> Path:
    return folder / ("Scripts" if os.name == "nt" else "bin") / "python"
