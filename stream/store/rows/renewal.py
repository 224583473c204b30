"""A topic that was made again, or whose log lost its end: all that it gave goes, and is read anew."""

from __future__ import annotations

from stream.store.rows.retention import remove_strangers
from stream.store.rows.tables import Tables
from stream.wire.topics import (
    PROFILE_SAMPLE,
    SEGMENT_CHANGES,
    SEGMENT_HEALTH,
    SEGMENT_LINEAGE,
    SEGMENT_MODEL,
    SEGMENT_PROMOTIONS,
    SEGMENTS,
    USER_PROFILES,
    USER_SEGMENTS,
)

_RENEWALS = {
    SEGMENT_CHANGES: (
        "DELETE FROM changes",
        "DELETE FROM hours",
        "DELETE FROM reasons",
        "DELETE FROM texts",
        "DELETE FROM requirements",
    ),
    USER_SEGMENTS: (
        "UPDATE users SET segment = NULL, since_ms = NULL, sequence = NULL, weight = NULL, partition = NULL, "
        "written_ms = NULL, value = NULL",
        "UPDATE segments SET n_users = 0",
        "UPDATE erased SET partition = -1",  # the order of the log that is gone says nothing of the new one
    ),
    PROFILE_SAMPLE: ("DELETE FROM samples",),
    USER_PROFILES: ("DELETE FROM profiles",),
    SEGMENTS: ("UPDATE segments SET name = id, rare = NULL, retired = NULL, value = NULL",),
    SEGMENT_LINEAGE: (f"DELETE FROM events WHERE kind = '{SEGMENT_LINEAGE}'",),
    SEGMENT_PROMOTIONS: (f"DELETE FROM events WHERE kind = '{SEGMENT_PROMOTIONS}'",),
    SEGMENT_HEALTH: ("DELETE FROM events WHERE kind IN ('health', 'warning')",),
    SEGMENT_MODEL: ("DELETE FROM models", "DELETE FROM facts WHERE name = 'serving'"),
}
TOPICS_READ = tuple(_RENEWALS)


def renew(tables: Tables, topic: str) -> None:
    """Delete all that a topic gave."""
    for statement in _RENEWALS[topic]:
        tables.run(statement)
    remove_strangers(tables)
    tables.run("DELETE FROM damaged WHERE topic = ?", topic)
    newest = tables.one(
        "SELECT max(coalesce((SELECT max(time_ms) FROM changes), 0), coalesce((SELECT max(since_ms) FROM users), 0), "
        "coalesce((SELECT max(time_ms) FROM samples), 0))"
    )
    tables.set_fact("newest_ms", newest[0])
    tables.set_fact("pruned_ms", 0)
    tables.forget()
