"""Encoders that ship with Segue, by name: in `models/` of a checkout, as package data where a wheel is installed."""

from __future__ import annotations

from pathlib import Path

SHIPPED = ("default", "demo")

_PACKAGE = Path(__file__).parents[1]


def encoder_folder(encoder: str) -> Path:
    """Return the folder of an encoder: a shipped one by its name, else `encoder` as a path.

    >>> encoder_folder("default").name, encoder_folder("models/mine").as_posix()
    ('default', 'models/mine')
    """
    if encoder not in SHIPPED:
        return Path(encoder)
    installed = _PACKAGE / "_models" / encoder  # hatch_build.py puts it there
    return installed if installed.is_dir() else _PACKAGE.parent / "models" / encoder
