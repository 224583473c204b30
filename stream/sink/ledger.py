"""The ledger of a sink: one SQLite file with the members now, and what the endpoint was told of them.

A message is written down before it is sent. So after a kill at any moment the next process knows what the endpoint may
have received.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from stream.kafka.reader import Read, Where
from stream.sink.due import NEXT, current_messages, due_messages, still_due
from stream.sink.errors import SinkError
from stream.sink.gate import Gate
from stream.sink.letters import delete_letters, write_letters
from stream.sink.membership import expire_members, forget_topic, take_record
from stream.sink.message import Message, hashed_id
from stream.sink.tables import LEDGER, Told
from stream.store.topic_file import TopicFile
from stream.wire.topics import USER_SEGMENTS

log = structlog.get_logger()

_ACKNOWLEDGED = "UPDATE members SET told = ?, message_id = '', n_given_up = 0, refused = '', erased = 0 WHERE no = ?"
_NOTE_MS = 60_000
_LATE_MS = 12 * 3_600_000  # brokers keep tombstones for delete.retention.ms, by default twice as long


class Ledger:
    """A ledger open to write; a `TopicWriter` of `user-segments`. It makes the file if there is none.

    Raise StoreBusyError if another process writes it, StoreError if it is no ledger, SinkError for another endpoint.
    Under another gate than before, all members are read anew.
    """

    def __init__(self, path: Path, endpoint: str, gate: Gate) -> None:
        self.path, self.gate, self._file = path, gate, TopicFile(path, LEDGER)
        self._connection = self._file.connection
        self._connection.execute("PRAGMA synchronous = FULL")  # what was sent must be known after a power failure too
        self._must_wipe = False
        self._complete_ms = int(self._file.fact("complete_ms") or 0)
        try:
            self._check_facts(endpoint)
        except SinkError:
            self.close()
            raise

    def topic_id(self, topic: str) -> str | None:
        """Return the id of the topic that was read; None before the first record."""
        return self._file.topic_id(topic)

    def position(self, topic: str, partition: int) -> int:
        """Return the next offset to read."""
        return self._file.position(topic, partition)

    def begin_topic(self, topic: str, topic_id: str) -> None:
        """Read the topic from the beginning under this id. Users who are not in it then have left."""
        with self._file.transaction():
            self._renew(topic, topic_id)
        self._file.read_marks()

    def read_anew(self) -> None:
        """Read the topic from the beginning, and send again what was refused."""
        with self._file.transaction():
            self._connection.execute("UPDATE members SET refused = ''")
            self._renew(USER_SEGMENTS, self.topic_id(USER_SEGMENTS))
        self._file.read_marks()

    def note_complete(self, now_ms: int) -> None:
        """Write down, at most once a minute, that every record is read."""
        if now_ms - self._complete_ms > _NOTE_MS:
            with self._file.transaction():
                self._file.set_fact("complete_ms", now_ms)
            self._complete_ms = now_ms

    def read_anew_if_late(self, now_ms: int) -> bool:
        """Read the topic from the beginning if tombstones may be gone that were not read. Return True if so."""
        if now_ms - self._complete_ms < _LATE_MS:
            return False
        with self._file.transaction():
            self._file.set_fact("complete_ms", now_ms)
            self._renew(USER_SEGMENTS, self.topic_id(USER_SEGMENTS))
        self._file.read_marks()
        self._complete_ms = now_ms
        return True

    def apply(self, records: Sequence[Read], ends: Mapping[Where, int]) -> None:
        """Apply records, each partition in order, in one transaction with the positions after them."""
        new, ahead = self._file.unread(records), self._file.ahead(ends)
        if new or ahead:
            with self._file.transaction():
                for read in new:
                    self._take(read)
                self._file.move(new, ahead)
        self._wipe()

    def expire(self, now_ms: int) -> None:
        """Let members leave whose newest record is older than the gate's time to live."""
        if self.gate.ttl_ms:
            with self._file.transaction():
                expire_members(self._connection, now_ms - self.gate.ttl_ms)

    def due(self, n_max: int, min_audience: int = 0) -> list[Message]:
        """Return messages to send: those given up least often first, exits before entries."""
        return due_messages(self._connection, n_max, self._small(min_audience))

    def still_due(self, messages: Sequence[Message], min_audience: int = 0) -> list[Message]:
        """Return those of the messages that are still true, by all records so far."""
        return still_due(self._connection, messages, self._small(min_audience))

    def begin(self, messages: Sequence[Message], now_ms: int) -> list[Message]:
        """Write down that the messages are about to be sent. Return them with their ids and times."""
        with self._file.transaction():
            for each in messages:
                if not each.id:
                    self._connection.execute(
                        "UPDATE members SET told = ?, message_id = ?, time_ms = ? WHERE no = ?",
                        (NEXT[each.move], self._new_id(each), now_ms, each.no),
                    )
        return current_messages(self._connection, messages)

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Write down that the endpoint has taken the messages."""
        with self._file.transaction():
            for each in messages:
                told = Told.NOTHING if each.is_exit else Told.ENTERED
                self._connection.execute(_ACKNOWLEDGED, (told, each.no))
                delete_letters(self._connection, each)
                if each.is_exit:
                    gone = "DELETE FROM members WHERE no = ? AND belongs = 0"
                    self._must_wipe |= self._connection.execute(gone, (each.no,)).rowcount > 0
        self._wipe()

    def give_up(self, messages: Sequence[Message]) -> None:
        """Put messages behind all others."""
        with self._file.transaction():
            nos = [(each.no,) for each in messages]
            self._connection.executemany("UPDATE members SET n_given_up = n_given_up + 1 WHERE no = ?", nos)

    def refuse(self, messages: Sequence[Message], status: int, body: str, now_ms: int) -> None:
        """Make dead letters of messages that the endpoint refuses. They stay as they are until something changes."""
        with self._file.transaction():
            write_letters(self._connection, messages, status, body, now_ms)

    def sizes(self) -> dict[str, int]:
        """Return the number of members of each audience that has any."""
        rows = self._connection.execute("SELECT audience, count(*) FROM members WHERE belongs = 1 GROUP BY audience")
        return dict(rows.fetchall())

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _check_facts(self, endpoint: str) -> None:
        known, gate = self._file.fact("endpoint"), self._file.fact("gate")
        if known not in (None, endpoint):
            raise SinkError(
                f"{self.path} is the ledger of {known}: name another file for {endpoint} (--ledger, SEGUE_SINK_LEDGER)"
            )
        if gate == self.gate.text():
            return
        with self._file.transaction():
            self._file.set_fact("endpoint", endpoint)
            self._file.set_fact("gate", self.gate.text())
            self._file.set_fact("n_gates", int(self._file.fact("n_gates") or 0) + 1)
            self._renew(USER_SEGMENTS, self.topic_id(USER_SEGMENTS))
        self._file.read_marks()

    def _renew(self, topic: str, topic_id: str | None) -> None:
        forget_topic(self._connection)
        if topic_id is not None:
            self._file.renew(topic, topic_id)

    def _small(self, min_audience: int) -> list[str]:
        """Return the audiences that nobody is told to enter yet."""
        return [audience for audience, n in self.sizes().items() if n < min_audience] if min_audience else []

    def _take(self, read: Read) -> None:
        try:
            self._must_wipe |= take_record(self._connection, self.gate, read)
        except (ValueError, RecursionError):
            log.warning("a record could not be read and is left out", partition=read.partition, offset=read.offset)

    def _new_id(self, message: Message) -> str:
        """Return a hash of the record that the message follows from. Another gate makes another id."""
        ask = "SELECT partition, offset, told FROM members WHERE no = ?"
        where = self._connection.execute(ask, (message.no,)).fetchone()
        topic, n_gates = self.topic_id(USER_SEGMENTS), self._file.fact("n_gates")
        return hashed_id(message.user, message.audience, message.move, message.reason, topic, *where, n_gates)

    def _wipe(self) -> None:
        if self._must_wipe:
            self._must_wipe = not self._file.wipe()
