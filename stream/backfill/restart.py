"""The removal of an unfinished backfill, so that another one can begin."""

from __future__ import annotations

from time import monotonic, sleep

from stream.backfill.changelogs import read_changelog
from stream.backfill.preconditions import check_no_worker
from stream.backfill.source import BackfillError
from stream.kafka.admin import Admin, describe_topics
from stream.kafka.connection import Connection
from stream.kafka.topic_faults import all_topics
from stream.runtime.options import EngineOptions
from stream.wire.backfill_records import BackfillRecord, decode_backfill
from stream.wire.topics import DEAD_LETTERS, USER_EVENTS, changelog

_GONE_S = 60.0
_AGAIN_S = 0.5
_INPUTS = {USER_EVENTS, DEAD_LETTERS}


class _ProgressReader:
    """A reader of the progress alone."""

    def __init__(self) -> None:
        self.record: BackfillRecord | None = None

    def add(self, key: bytes, value: bytes | None) -> None:
        """Take in one record."""
        if key[:1] == b"b" and value is not None:
            self.record = decode_backfill(value)


def delete_unfinished(connection: Connection, options: EngineOptions) -> None:
    """Delete every topic that an unfinished backfill has written, and wait until they are gone.

    Raises BackfillError where none is unfinished: nothing else may be deleted.
    """
    found = describe_topics(connection, options.group)
    state = changelog(options.group).name
    readers = read_changelog(connection, state, found[state].n_partitions, _ProgressReader) if state in found else {}
    record = next((each.record for each in readers.values() if each.record), None)
    if record is None or record.is_finished:
        raise BackfillError("there is no unfinished backfill to begin again: leave --restart out")
    check_no_worker(connection, options)
    written = [topic.name for topic in all_topics(options.group) if topic.name in found and topic.name not in _INPUTS]
    with Admin(connection) as admin:
        admin.delete_topics([connection.namespace.qualify(name) for name in written])
    deadline = monotonic() + _GONE_S
    while set(describe_topics(connection, options.group)) & set(written):
        if monotonic() > deadline:
            raise BackfillError(f"topics were not deleted within {_GONE_S:.0f} s: {', '.join(written)}")
        sleep(_AGAIN_S)
