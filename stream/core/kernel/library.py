"""Load the compiled kernel. With `build`, this is the only module of `core` that touches files: once, at its load."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

from stream.core.kernel.build import FOLDER, library_path

_BUILD = "`make setup` builds it, and in a checkout `python -m stream.core.kernel.build`"


class KernelMissingError(Exception):
    """No library of these sources for this machine, and how to make it."""


def load(folder: Path | None = None) -> ctypes.CDLL:
    """Return the library of exactly the C files beside this module, from their folder unless another one is given.

    The tests with sanitizers name a folder by SEGUE_KERNEL_FOLDER.
    """
    path = library_path(folder or Path(os.environ.get("SEGUE_KERNEL_FOLDER", FOLDER)))
    try:
        return ctypes.CDLL(str(path))
    except OSError as error:
        raise KernelMissingError(_message(path, error)) from error


def _message(path: Path, error: OSError) -> str:
    if path.exists():
        return f"the compiled kernel {path} cannot be loaded: {error}; remove it, then {_BUILD}"
    others = ", ".join(sorted(other.name for other in path.parent.glob("_kernel-*.so")))
    found = f"; of other sources or machines: {others}" if others else ""
    return f"the compiled kernel is missing: {path}{found}; {_BUILD}"
