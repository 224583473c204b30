"""Atomic replacement of an encoder folder."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from export.errors import BuildError
from stream.onnx.folder import MANIFEST


def check_replaceable(out: Path) -> None:
    """Raise BuildError if `out` exists and is neither empty nor an encoder folder."""
    if out.exists() and not (out / MANIFEST).is_file() and not (out.is_dir() and not any(out.iterdir())):
        raise BuildError(f"{out} exists and is not an encoder folder (it has no {MANIFEST}): choose another --out")


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """Yield an empty folder that replaces `out` when the block ends, and is removed when the block raises.

    Raises BuildError if `out` is something else than an encoder folder.
    """
    check_replaceable(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent, ignore_cleanup_errors=True) as scratch:
        draft = Path(scratch) / out.name
        draft.mkdir()
        yield draft
        if out.exists():
            out.rename(Path(scratch) / "old")
        draft.rename(out)
