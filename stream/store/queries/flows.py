"""Flows: users who went from one segment to another in a period, with the reasons of their changes summed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from stream.store.schema import HOUR_MS, MICRO
from stream.store.store import Store

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

    `from_id` and `to_id` keep the flows out of and into one segment. Each flow has up to `n_reasons` of each kind;
    without reasons the answer takes a tenth of the time.
    """
    segments = {no: (segment, name) for no, segment, name in store.rows("SELECT no, id, name FROM segments")}
    numbers = {segment: no for no, (segment, _) in segments.items()}
    origin, target = (None if each is None else numbers.get(each, -1) for each in (from_id, to_id))
    first, last = since_ms // HOUR_MS, until_ms // HOUR_MS
    counts = store.rows(
        "SELECT origin, target, count(*), count(DISTINCT user) FROM changes WHERE time_ms >= ?1 AND time_ms < ?2 "
        "AND (?3 IS NULL OR origin = ?3) AND (?4 IS NULL OR target = ?4) GROUP BY 1, 2",
        *(first * HOUR_MS, (last + 1) * HOUR_MS, origin, target),
    )
    reasons = _reasons(store, first, last, origin, target, n_reasons) if n_reasons else {}
    found = [
        Flow(*segments[a], *segments[b], n, n_users, tuple(reasons.get((a, b), ()))) for a, b, n, n_users in counts
    ]
    return sorted(found, key=lambda flow: (-flow.n_changes, flow.from_id, flow.to_id))


def _reasons(
    store: Store, first: int, last: int, origin: int | None, target: int | None, n: int
) -> dict[tuple[int, int], list[Reason]]:
    """Return the `n` largest reasons of each kind, by pair of segments, the largest contribution first."""
    rows = store.rows(
        "WITH summed AS (SELECT origin, target, text, sum(n) AS n, sum(micro) AS micro FROM reasons "
        "WHERE hour BETWEEN ?1 AND ?2 AND (?3 IS NULL OR origin = ?3) AND (?4 IS NULL OR target = ?4) "
        "GROUP BY 1, 2, 3), ranked AS (SELECT s.origin, s.target, x.kind, x.text, s.n, s.micro, row_number() OVER "
        "(PARTITION BY s.origin, s.target, x.kind ORDER BY s.micro DESC, s.n DESC, x.text) AS place "
        "FROM summed s JOIN texts x ON x.no = s.text) "
        "SELECT * FROM ranked WHERE place <= ?5 ORDER BY micro DESC, n DESC, kind, text",
        *(first, last, origin, target, n),
    )
    found: dict[tuple[int, int], list[Reason]] = defaultdict(list)
    for a, b, kind, text, n_changes, micro, _ in rows:
        found[a, b].append(Reason(kind, text, n_changes, micro / MICRO))
    return found
