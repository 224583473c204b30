"""Errors of a report; each sentence says what to do."""

from __future__ import annotations


class ReportError(RuntimeError):
    """A report that cannot be made: nothing to show, or a comparison with what is not there."""
