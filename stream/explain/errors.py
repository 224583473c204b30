"""Reasons why there is no explanation. Each message is a sentence for people that says what to do."""

from __future__ import annotations


class ExplainError(LookupError):
    """A user or a change that cannot be explained."""


class UnknownUserError(ExplainError):
    """A user without an event on the log and without a change."""


class ErasedUserError(ExplainError):
    """A user who was erased; what came before is not looked at again."""


class NoSuchChangeError(ExplainError):
    """A sequence that the user does not have."""
