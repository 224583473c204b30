"""Errors of an audience sink; each sentence says what to do."""

from __future__ import annotations


class SinkError(RuntimeError):
    """A sink that cannot run: a wrong address, or a ledger of another endpoint."""
