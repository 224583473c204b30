"""Errors of a store; each sentence says what to do."""

from __future__ import annotations


class StoreError(RuntimeError):
    """A store that cannot be used: missing, of another version, or no store at all."""


class StoreBusyError(StoreError):
    """A store that another process writes. Reading it is allowed to any number of processes."""
