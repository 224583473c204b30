"""Flows: users who went from one segment to another in a period, with the reasons of their changes summed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from stream.store.queries.segments import segment_names
from stream.store.schema import HOUR_MS, MICRO
from stream.store.store import Store, is_storable

ReasonKind = Literal["item", "feature"]


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason of changes: the text of items, or what a feature means in words; its name if it has no words.

    `n_changes` counts changes with this reason among their evidence; `contribution` is the sum of its contributions.
    """

    kind: ReasonKind
    text: str
    n_changes: int
    contribution: float


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow between two segments: changes, different users, and the reasons, the largest contribution first."""

    from_id: str
    from_name: str
    to_id: str
    to_name: str
    n_changes: int
    n_users: int
    reasons: tuple[Reason, ...]


def flows(
    store: Store,
    since_ms: int,
    until_ms: int,
    from_id: str | None = None,
    to_id: str | None = None,
    n_reasons: int = 5,
) -> list[Flow]:
    """Return the flows of the hours from that of `since_ms` to that of `until_ms`, the most changes first.

    `from_id` and `to_id` keep the flows out of and into one segment. Each flow has up to `n_reasons` of each kind.
    """
    if not (is_storable(from_id or "") and is_storable(to_id or "")):
        return []
    first, last = since_ms // HOUR_MS, until_ms // HOUR_MS
    counts = store.rows(
        "SELECT o.id, t.id, count(*), count(DISTINCT c.user) FROM changes c "
        "JOIN segments o ON o.no = c.origin JOIN segments t ON t.no = c.target "
        "WHERE c.time_ms >= ? AND c.time_ms < ? AND (? IS NULL OR o.id = ?) AND (? IS NULL OR t.id = ?) "
        "GROUP BY c.origin, c.target",
        first * HOUR_MS,
        (last + 1) * HOUR_MS,
        *(from_id, from_id, to_id, to_id),
    )
    names, reasons = segment_names(store), _reasons(store, first, last, from_id, to_id)
    found = [
        Flow(a, names[a], b, names[b], n, n_users, _largest(reasons[a, b], n_reasons)) for a, b, n, n_users in counts
    ]
    return sorted(found, key=lambda flow: (-flow.n_changes, flow.from_id, flow.to_id))


def _reasons(
    store: Store, first: int, last: int, from_id: str | None, to_id: str | None
) -> dict[tuple[str, str], list[Reason]]:
    summed = store.rows(
        "SELECT o.id, t.id, x.kind, x.text, sum(r.n), sum(r.micro) FROM reasons r "
        "JOIN segments o ON o.no = r.origin JOIN segments t ON t.no = r.target JOIN texts x ON x.no = r.text "
        "WHERE r.hour BETWEEN ? AND ? AND (? IS NULL OR o.id = ?) AND (? IS NULL OR t.id = ?) "
        "GROUP BY r.origin, r.target, r.text",
        *(first, last, from_id, from_id, to_id, to_id),
    )
    found: dict[tuple[str, str], list[Reason]] = defaultdict(list)
    for a, b, kind, text, n, micro in summed:
        found[a, b].append(Reason(kind, text, n, micro / MICRO))
    return found


def _largest(reasons: list[Reason], n: int) -> tuple[Reason, ...]:
    """Return the n reasons of each kind with the largest contributions."""
    ordered = sorted(reasons, key=lambda each: (-each.contribution, -each.n_changes, each.kind, each.text))
    kept = {id(each) for kind in ("item", "feature") for each in [r for r in ordered if r.kind == kind][:n]}
    return tuple(each for each in ordered if id(each) in kept)
