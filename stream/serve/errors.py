"""Errors of a server, each a sentence with the setting to change."""

from __future__ import annotations


class ServePortError(OSError):
    """An address or port that cannot be listened on."""
