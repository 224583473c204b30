"""A new encoder folder in the place of an old one, all or nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from export.errors import BuildError
from stream.onnx.folder import MANIFEST


def check_replaceable(out: Path) -> None:
    """Raise BuildError when `out` holds what is not an encoder."""
    if out.exists() and not (out / MANIFEST).is_file() and not (out.is_dir() and not any(out.iterdir())):
        raise BuildError(f"{out} exists and is not an encoder folder (it has no {MANIFEST}): choose another --out")


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """An empty folder that becomes `out` when the block ends, and vanishes when it raises.

    Raises BuildError when `out` holds what is not an encoder.
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
