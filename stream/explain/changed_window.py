"""Windows changed by thought: items left out, time passed, items added; evaluated as the hot path evaluates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from stream.core.evaluated import Evaluated
from stream.core.labels import NO_LABELS
from stream.core.reserved import INACTIVE
from stream.core.serving import Serving
from stream.core.state import StoredItem, UserState
from stream.core.transition import MembershipState
from stream.explain.redecide import Rules, empty_partition, evaluate_state
from stream.explain.trace import Trace


class ChangedWindow(NamedTuple):
    """A window with other items, at some time."""

    now_ms: int
    items: Sequence[StoredItem]


def results(
    evaluated: Evaluated, state: MembershipState, changed: Sequence[ChangedWindow], rules: Rules
) -> list[str | None]:
    """Return the segment that each changed window leads to, at once or after its dwell; None: `state` keeps its own.

    The deciding model is that of `evaluated`, which must have one. Pins are left out.
    """
    assert evaluated.model is not None
    serving, user, found = Serving(evaluated.model), evaluated.user, list[str | None]()
    rules = Rules(rules.encoder, replace(rules.policy, pin=(), consent=(), min_audience=0), NO_LABELS)
    partition, membership = empty_partition(rules), replace(state, pinned_by="")
    for window in changed:
        if not window.items:
            found.append(INACTIVE)
            continue
        partition.now_ms, trace = window.now_ms, Trace(user)
        evaluate_state(user, UserState(_in_order(window.items), membership), partition, serving, rules, trace)
        after = trace.last.after
        found.append(after.candidate if after.segment == state.segment else after.segment)
    return found


def _in_order(items: Sequence[StoredItem]) -> tuple[StoredItem, ...]:
    """Return items in the order of a window, with slots of their own."""
    ordered = sorted(items, key=lambda item: (item.time_ms, item.id.encode()))
    return tuple(replace(item, slot=slot) for slot, item in enumerate(ordered))
