"""Windows changed by thought: items left out, time passed, items added; evaluated as the hot path evaluates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from stream.core.assignment import Assignment
from stream.core.evaluation import evaluate
from stream.core.features import Windows, registry
from stream.core.reserved import INACTIVE
from stream.core.transition import MembershipState, decide
from stream.core.window import Columns
from stream.explain.redecide import Rules
from stream.explain.trace import Evaluated


class ChangedWindow(NamedTuple):
    """A window with other items at some time: `kept` are indices of the items there, `added` new ones, in order."""

    now_ms: int
    kept: Sequence[int]
    added: Columns | None = None

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.kept) + (0 if self.added is None else len(self.added))


def results(
    evaluated: Evaluated, state: MembershipState, changed: Sequence[ChangedWindow], rules: Rules
) -> list[str | None]:
    """Return the segment that each changed window leads to, at once or after its dwell; None: `state` keeps its own.

    The deciding model is that of `evaluated`, which must have one.
    """
    model = evaluated.model
    assert model is not None
    assignments = _assignments(evaluated, changed, rules)
    found: list[str | None] = []
    for window, assignment in zip(changed, assignments, strict=True):
        if window.n_items == 0:
            found.append(INACTIVE)
            continue
        after, transition = decide(state, assignment, window.n_items, window.now_ms, model, rules.policy)
        found.append(transition.to_segment if transition else after.candidate)
    return found


def _assignments(evaluated: Evaluated, changed: Sequence[ChangedWindow], rules: Rules) -> list[Assignment]:
    if not changed:
        return []
    own = evaluated.batch.windows.columns[0]
    columns = np.zeros((len(changed), rules.policy.window_items), own.dtype)
    for row, window in enumerate(changed):
        n_kept = len(window.kept)
        columns[row, :n_kept] = own[list(window.kept)]
        if window.added is not None:
            columns[row, n_kept : window.n_items] = window.added
    n = np.array([max(window.n_items, 1) for window in changed], np.int64)
    now_ms = np.array([window.now_ms for window in changed], np.int64)
    models = [evaluated.model] * len(changed) if evaluated.model else []
    return evaluate(Windows(columns, n, now_ms), registry(rules.policy), models, rules.policy).assignments
