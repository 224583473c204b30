"""The newest changes, for a page that shows them as they come."""

from __future__ import annotations

from stream.store.store import Store


def latest_changes(store: Store, after_row: int, limit: int) -> list[tuple[int, bytes]]:
    """Return changes that came after the row `after_row`, the newest first, each with its row.

    A row is a number that grows with each change that the store reads.
    """
    return store.rows("SELECT no, value FROM changes WHERE no > ? ORDER BY no DESC LIMIT ?", after_row, limit)
