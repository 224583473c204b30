"""What can go wrong for the one who exports; each is one sentence that says what to do.

ExportError
├── BaseModelError      the base model can not be had or is not whole
├── TextsError          too few texts, or none
├── DataError           behaviour data that nothing can be learned from
├── BuildError          an encoder can not be built there
└── VerificationError   an encoder misses a bound
"""

from __future__ import annotations


class ExportError(ValueError):
    """Expected, and shown without a traceback."""


class BaseModelError(ExportError):
    """The base model can not be had, or lacks a part."""


class TextsError(ExportError):
    """There are too few texts for what was asked."""


class DataError(ExportError):
    """Nothing can be learned from the behaviour data."""


class BuildError(ExportError):
    """An encoder can not be built there."""


class VerificationError(ExportError):
    """An encoder misses a bound."""
