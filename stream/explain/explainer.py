"""The protocol of explainers: explanations of one user's changes, for programs."""

from __future__ import annotations

from typing import Protocol

from stream.explain.explanation import Explanation


class Explainer(Protocol):
    """An explainer of users' changes. It is used from one thread."""

    def explain(self, user: str, sequence: int | None = None) -> Explanation:
        """Return the explanation of a change; without `sequence`, of the last one, with the user's present state.

        Raise ExplainError if there is nothing to explain, BrokerError and TopicsError if the log cannot be read.
        """
        ...

    def close(self) -> None:
        """Disconnect."""
        ...
