"""Margins that changes needed, as they told: a store does not know the settings of the workers."""

from __future__ import annotations

from stream.store.store import Store

_ANY = "*"


class ToldMargins:
    """Margins by pair of segments: the last one told of the pair, else into the segment, else of all."""

    def __init__(self, store: Store) -> None:
        rows = store.rows(
            "SELECT o.id, t.id, r.margin FROM requirements r JOIN segments o ON o.no = r.origin "
            "JOIN segments t ON t.no = r.target ORDER BY r.time_ms"
        )
        self._of = {key: margin for a, b, margin in rows for key in ((_ANY, _ANY), (_ANY, b))}
        self._of |= {(a, b): margin for a, b, margin in rows}

    def between(self, segment: str, following: str) -> float:
        """Return the margin of a change; 0 before any change."""
        keys = ((segment, following), (_ANY, following), (_ANY, _ANY))
        return next((self._of[key] for key in keys if key in self._of), 0.0)
