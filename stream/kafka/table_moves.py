"""Moving the users of a table to their partitions, in transactions of whole users.

A user is in one partition at any time: the records there and the tombstones in the old partition are committed
together. So a process that is killed leaves nothing to repair, and the next one goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from confluent_kafka import KafkaException, Producer

from stream.kafka.changelog import ChangelogRestorer
from stream.kafka.connection import Connection
from stream.kafka.retry import retry_transient
from stream.wire.placement import partition_of
from stream.wire.records import Headers
from stream.wire.topics import PRODUCED_BYTES_MAX
from stream.wire.user_tables import MOVED_HEADER, Contents, Rank, TableReader, UserTable

_START_S = 60.0
_FLUSH_S = 60.0
_READ_S = 0.5
_TRANSACTION_RECORDS = 20_000

Moved = Callable[[], object]


@dataclass(slots=True)
class Scan:
    """A table as it lies now: its users, the misplaced ones of each partition, and records of the partitions.

    If a user has two states, the one with more changes counts, and `outdone` has the other with its partition.
    """

    contents: Contents = field(default_factory=Contents)
    misplaced: dict[int, int] = field(default_factory=dict)
    own: dict[int, dict[bytes, bytes]] = field(default_factory=dict)
    outdone: set[tuple[int, bytes]] = field(default_factory=set)

    @property
    def n_misplaced(self) -> int:
        """Users that are not in their partition."""
        return sum(self.misplaced.values())


def read_partition(connection: Connection, table: UserTable, partition: int) -> TableReader:
    """Return a partition, read to the end of its log; an open transaction of a killed worker ends first."""
    restorer = ChangelogRestorer(connection, table.topic, partial(TableReader, table))
    try:
        restorer.begin([partition])
        while not (done := restorer.advance(_READ_S)):
            pass
        return done[0][1]
    finally:
        restorer.close()


def scan_table(connection: Connection, table: UserTable, n_now: int, n_partitions: int) -> Scan:
    """Read all `n_now` partitions, and compare the users' with those among `n_partitions`."""
    scan, seen = Scan(), dict[bytes, tuple[Rank, bool, int, int]]()
    for partition in range(n_now):
        reader = read_partition(connection, table, partition)
        scan.own[partition] = reader.own
        for user in reader.users:
            is_home = partition_of(user, n_partitions) == partition
            scan.misplaced[partition] = scan.misplaced.get(partition, 0) + (not is_home)
            found = (reader.rank(user), is_home, partition, reader.digest(user))
            other = seen.get(user)
            if other is not None:
                scan.outdone.add((min(found, other)[2], user))
            seen[user] = max(found, other) if other else found
    for *_, digest in seen.values():
        scan.contents = scan.contents.plus(digest)
    return scan


class TableMover:
    """A mover of the users of one table."""

    def __init__(self, connection: Connection, table: UserTable, producer: Transactions) -> None:
        self._connection, self._table, self._producer = connection, table, producer
        self._topic = connection.namespace.qualify(table.topic)

    def drop(self, outdone: set[tuple[int, bytes]]) -> None:
        """Delete the second state of users who have two."""
        for partition in sorted({partition for partition, _ in outdone}):
            reader = read_partition(self._connection, self._table, partition)
            for user in (user for at, user in outdone if at == partition):
                self._producer.begin_if_full()
                self._delete(reader, partition, user, [])
        self._producer.commit()

    def move(self, partition: int, n_partitions: int, moved: Moved) -> None:
        """Move the users of a partition that belong to others; `moved` is called after each."""
        reader = read_partition(self._connection, self._table, partition)
        for user in list(reader.users):
            home = partition_of(user, n_partitions)
            if home == partition:
                continue
            self._producer.begin_if_full()
            for key, value in reader.moved(user).items():
                self._producer.send(self._topic, home, key, value, self._table.headers)
            self._delete(reader, partition, user, [(MOVED_HEADER, str(home).encode())])
            moved()
        self._producer.commit()

    def _delete(self, reader: TableReader, partition: int, user: bytes, headers: Headers) -> None:
        for key in reader.users[user]:
            self._producer.send(self._topic, partition, key, None, headers)


class Transactions:
    """A transactional producer to given partitions. Another one of the same name ends it."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._n = 0
        self._producer = Producer(
            connection.confluent()
            | {
                "transactional.id": connection.namespace.qualify(name),
                "transaction.timeout.ms": 60_000,
                "linger.ms": 5,
                "message.max.bytes": PRODUCED_BYTES_MAX,
            }
        )
        retry_transient(lambda: self._producer.init_transactions(_START_S), _START_S)

    def begin_if_full(self) -> None:
        """Commit what has been sent if it is much. Call it between two users."""
        if self._n >= _TRANSACTION_RECORDS:
            self.commit()

    def send(self, topic: str, partition: int, key: bytes, value: bytes | None, headers: Headers) -> None:
        """Send one record; begin a transaction if none is open."""
        if self._n == 0:
            self._producer.begin_transaction()
        self._n += 1
        while True:
            try:
                self._producer.produce(topic, value, key, partition=partition, headers=[*headers])
                return
            except BufferError:  # the queue is full: wait until it drains
                self._producer.poll(0.1)

    def send_all(self, topic: str, records: Iterable[tuple[int, bytes, bytes]]) -> None:
        """Send records, each to its partition, and commit."""
        for partition, key, value in records:
            self.send(topic, partition, key, value, [])
        self.commit()

    def commit(self) -> None:
        """Commit the open transaction, if any."""
        if self._n:
            self._producer.flush(_FLUSH_S)
            retry_transient(lambda: self._producer.commit_transaction(_FLUSH_S), _START_S)
            self._n = 0

    def abort(self) -> None:
        """Abort the open transaction, if any. One that cannot be aborted ends by its timeout."""
        if self._n:
            self._n = 0
            try:
                self._producer.abort_transaction(_FLUSH_S)
            except KafkaException:
                return
