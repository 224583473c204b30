"""Growing a deployment to more partitions, with the workers stopped.

The order makes every moment safe. `user-events` grows last, so a worker that starts in between finds numbers that
disagree. The partition records say that a growth is under way, so a worker that started just before refuses to own a
partition. Or it is seen as a member of the group before anything moves. After a kill the same command goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from stream.core.serving import NOTHING_SERVES
from stream.kafka.admin import add_partitions, create_missing, describe_topics
from stream.kafka.connection import Connection
from stream.kafka.group_members import await_empty, unread
from stream.kafka.table_moves import Scan, TableMover, Transactions, scan_table
from stream.kafka.topic_faults import all_topics, wide_counts
from stream.wire.backfill_records import BACKFILL_KEY, check_finished, decode_backfill
from stream.wire.state_records import (
    FORMAT,
    PARTITION_KEY,
    PartitionRecord,
    check_format,
    decode_partition,
    partition_put,
)
from stream.wire.topics import USER_EVENTS
from stream.wire.user_tables import Contents, UserTable, membership_table, profile_table, state_table

_MOVING = 0  # as `n_partitions` of a partition record
_STATES = "states"


class GrowthError(RuntimeError):
    """A growth that cannot begin or go on. Nothing is lost, and workers do not start meanwhile."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A growth before it begins: numbers of partitions by topic, and the tables as they lie, by name."""

    counts: dict[str, int]
    n_partitions: int
    n_unread: int
    tables: dict[str, Scan]

    @property
    def states(self) -> Scan:
        """The changelog of the users' states."""
        return self.tables[_STATES]

    @property
    def n_moves(self) -> int:
        """Users' states, memberships and profiles that are not in their partition."""
        return sum(scan.n_misplaced for scan in self.tables.values())


class Growth:
    """A growth of one deployment to `n_partitions`."""

    def __init__(self, connection: Connection, group: str, n_partitions: int) -> None:
        self._connection, self._group, self._n = connection, group, n_partitions
        self._workers = f"{group}-segment"
        self._state = state_table(group)
        self._tables = {_STATES: self._state, "memberships": membership_table(), "profiles": profile_table()}
        self._producer: Transactions | None = None

    def plan(self, session_s: float = 0.0) -> Plan:
        """Look at the deployment. Raise GrowthError if a worker runs, or the topics have more partitions.

        Raise UnfinishedBackfillError over half a past: its events are counted by partition. A worker that was stopped
        under a stable name is a member of the group for `session_s` seconds more.
        """
        self._check_stopped(session_s)
        counts = wide_counts(describe_topics(self._connection, self._group), self._group)
        if USER_EVENTS not in counts:
            raise GrowthError("there is no topic user-events: run `segue topics create`")
        if wider := {name: n for name, n in counts.items() if n > self._n}:
            found = ", ".join(f"{self._connection.namespace.qualify(name)} has {n}" for name, n in wider.items())
            raise GrowthError(
                f"{found} partitions, and a topic cannot get fewer: Kafka would have to move records between logs, "
                f"and offsets would no longer count. Give --partitions {max(counts.values())} or more"
            )
        n_unread = unread(self._connection, self._workers, USER_EVENTS, counts[USER_EVENTS])
        tables = {name: self._scan(table, counts) for name, table in self._tables.items()}
        for own in tables[_STATES].own.values():
            check_finished(decode_backfill(own[BACKFILL_KEY]) if BACKFILL_KEY in own else None)
        return Plan(counts, self._n, n_unread, tables)

    def run(self, plan: Plan, moved: Callable[[], object]) -> dict[str, Contents]:
        """Grow and move; `moved` is called after each user. Return the tables as verified at the end, by name."""
        self._producer = producer = Transactions(self._connection, f"{self._workers}-grow")
        create_missing(self._connection, self._group, self._n, replication=-1)
        wide = [topic.name for topic in all_topics(self._group) if topic.wide and topic.name != USER_EVENTS]
        add_partitions(self._connection, wide, self._n)
        self._write_partitions(plan.states, _MOVING, range(plan.counts[USER_EVENTS]))
        self._check_stopped(0.0)
        for name, scan in plan.tables.items():
            mover = TableMover(self._connection, self._tables[name], producer)
            mover.drop(scan.outdone)
            for partition in scan.own:
                mover.move(partition, self._n, moved)
        verified = {name: self._verified(self._tables[name], scan) for name, scan in plan.tables.items()}
        self._write_partitions(plan.states, self._n, range(self._n))
        add_partitions(self._connection, [USER_EVENTS], self._n)
        return verified

    def abort(self) -> None:
        """End the open transaction, so that the next try need not wait for its timeout."""
        if self._producer:
            self._producer.abort()

    def _check_stopped(self, session_s: float) -> None:
        if found := await_empty(self._connection, self._workers, session_s):
            raise GrowthError(
                f"stop all workers first: {', '.join(found)} in the group "
                f"{self._connection.namespace.qualify(self._workers)}. One that was killed is a member until its "
                "session ends (SEGUE_SESSION_TIMEOUT_MS)"
            )

    def _scan(self, table: UserTable, counts: dict[str, int]) -> Scan:
        return scan_table(self._connection, table, counts.get(table.topic, 0), self._n)

    def _verified(self, table: UserTable, before: Scan) -> Contents:
        after = self._scan(table, {table.topic: self._n})
        if after.contents != before.contents or after.n_misplaced or after.outdone:
            raise GrowthError(
                f"{table.topic} is not as it was: {before.contents} before, {after.contents} after, "
                f"{after.n_misplaced} in a wrong partition. Is a worker writing? Stop all, and "
                f"run `segue topics grow --partitions {self._n}` again"
            )
        return after.contents

    def _write_partitions(self, states: Scan, n_partitions: int, also: range) -> None:
        """Write the record of each partition that has one or is in `also`, all with the newest time among them."""
        written = {p: own[PARTITION_KEY] for p, own in states.own.items() if PARTITION_KEY in own}
        known = {p: check_format(decode_partition(value)) for p, value in written.items()}
        now_ms = max((record.now_ms for record in known.values()), default=0)
        new = PartitionRecord(FORMAT, now_ms, -1, NOTHING_SERVES, n_partitions)
        records = dict.fromkeys(also, new) | {
            p: msgspec.structs.replace(record, now_ms=now_ms, n_partitions=n_partitions) for p, record in known.items()
        }
        puts = [(p, *partition_put(record)) for p, record in sorted(records.items())]
        topic = self._connection.namespace.qualify(self._state.topic)
        assert self._producer is not None
        self._producer.send_all(topic, [(p, key, value or b"") for p, key, value in puts])
