"""Health of the segments, and warnings."""

from __future__ import annotations

from stream.store.queries.models import newest_events
from stream.store.rows.events import HEALTH, WARNING
from stream.store.store import Store


def health(store: Store) -> bytes | None:
    """Return the newest health of `segment-health`; None before the first review."""
    found = health_history(store, 1)
    return found[0] if found else None


def health_history(store: Store, limit: int) -> list[bytes]:
    """Return the health of reviews, the newest first."""
    return newest_events(store, HEALTH, limit)


def warnings(store: Store, limit: int) -> list[bytes]:
    """Return warnings of `segment-health`, the newest first."""
    return newest_events(store, WARNING, limit)
