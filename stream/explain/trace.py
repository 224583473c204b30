"""Evaluations of one user as they are made again, and those behind each change."""

from __future__ import annotations

from dataclasses import dataclass

from stream.core.evaluated import Evaluated
from stream.core.output import Change


@dataclass(frozen=True, slots=True)
class Decision:
    """A change with the evaluations since the change before, the deciding one last."""

    change: Change
    evaluations: tuple[Evaluated, ...]


class Trace:
    """An observer of one user's evaluations.

    `decisions` has every change, `open` the evaluations after the last one.
    """

    def __init__(self, user: str) -> None:
        self.user = user
        self.decisions: list[Decision] = []
        self.open: list[Evaluated] = []

    def __call__(self, evaluated: Evaluated) -> None:
        """Take in one decided evaluation; those of other users are passed over."""
        if evaluated.user != self.user:
            return
        self.open.append(evaluated)
        if evaluated.change is not None:
            self.decisions.append(Decision(evaluated.change, tuple(self.open)))
            self.open.clear()

    @property
    def last(self) -> Evaluated:
        """The last evaluation; there must be one."""
        return self.open[-1] if self.open else self.decisions[-1].evaluations[-1]

    def begin_again(self) -> None:
        """Forget the evaluations after the last change, as if there had been another one."""
        self.open.clear()
