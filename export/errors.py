"""Expected errors of an export.

Each message is one sentence with its remedy.

    ExportError
    ├── BaseModelError      the base model is missing or incomplete
    ├── TextsError          too few texts, or none
    ├── DataError           behaviour data without anything to learn
    ├── BuildError          an encoder can not be built at this path or from this graph
    └── VerificationError   an encoder misses a bound
"""

from __future__ import annotations


class ExportError(ValueError):
    """An expected error, shown without a traceback."""


class BaseModelError(ExportError):
    """A base model that is missing or lacks a part."""


class TextsError(ExportError):
    """Too few texts for the dimensions asked for."""


class DataError(ExportError):
    """Behaviour data without anything to learn."""


class BuildError(ExportError):
    """An encoder that can not be built at this path or from this graph."""


class VerificationError(ExportError):
    """An encoder that misses a bound."""
