"""Conditions that must be true before a backfill writes anything, each with what to do."""

from __future__ import annotations

from collections.abc import Iterable

from stream.backfill.source import BackfillError
from stream.kafka.connection import Connection
from stream.kafka.group_members import await_empty
from stream.runtime.options import EngineOptions
from stream.wire.backfill_records import BackfillRecord
from stream.wire.state_rebuilder import StateRebuilder

_LATE_S = 1.0  # a broker takes so much longer than the session timeout to drop a member


def check_no_worker(connection: Connection, options: EngineOptions) -> None:
    """Raise BackfillError if a worker is in a group of the deployment, and stays there for a session timeout."""
    for group in (options.group_of("segment"), options.group_of("train")):
        if n := len(await_empty(connection, group, options.session_timeout_ms / 1000 + _LATE_S)):
            raise BackfillError(
                f"{n} member{'s' * (n > 1)} of the group {connection.namespace.qualify(group)} "
                f"{'are' if n > 1 else 'is'} running: stop the workers first, and start them after the backfill"
            )


def begun(states: Iterable[StateRebuilder], wanted: BackfillRecord) -> BackfillRecord | None:
    """Return the progress of the wanted backfill, None if it has not begun.

    Raises BackfillError for a deployment with other state.
    """
    states = list(states)
    record = max((each.backfill for each in states if each.backfill), key=lambda each: each.n_done, default=None)
    if record is None:
        if any(each.n_records for each in states):
            raise BackfillError(
                "the deployment has users already, and a past must come first: take another SEGUE_TOPIC_PREFIX, or "
                "delete the topics of this deployment"
            )
        return None
    for what, one, other in (
        ("source", record.source_digest, wanted.source_digest),
        ("settings", record.settings_digest, wanted.settings_digest),
    ):
        if one != other:
            raise BackfillError(_differs(record, what))
    return record


def _differs(record: BackfillRecord, what: str) -> str:
    other = "another" if what == "source" else "other"
    if record.is_finished:
        return f"the deployment already has the past of {record.source}; it takes one past only"
    return (
        f"a backfill of {record.source} has done {record.n_done:,} of {record.n_events:,} events, with {other} {what}: "
        "run it as before, or begin again with --restart"
    )
