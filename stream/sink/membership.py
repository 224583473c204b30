"""Records of `user-segments` in a ledger: who is a member of which audience now."""

from __future__ import annotations

import sqlite3

from stream.kafka.reader import Read
from stream.sink.gate import Gate, Member, read_member
from stream.sink.tables import Told
from stream.wire.user_tables import is_moved

_NOWHERE = -1
# of an exit for another reason than the one in doubt
_ANOTHER_EXIT = "message_id = iif(belongs AND told = 'exiting' AND NOT erased, '', message_id)"
_LEAVE = f"""
UPDATE members SET {_ANOTHER_EXIT},
    reason = iif(
        belongs OR (reason = 'removed' AND told <> 'exiting'), iif(audience = ?, ?, 'segment'), reason
    ),
    belongs = 0, partition = ?, offset = ?, written_ms = ?, sequence = ?
WHERE user = ?
"""
_ENTER = """
INSERT INTO members (user, audience, name, belongs, partition, offset, written_ms, sequence)
VALUES (?, ?, ?, 1, ?, ?, ?, ?)
ON CONFLICT (user, audience) DO UPDATE SET
    name = iif(told = 'entering', name, excluded.name), belongs = 1, reason = NULL
"""


def take_record(connection: sqlite3.Connection, gate: Gate, read: Read) -> bool:
    """Take in one record; return True if it erased a user.

    Partitions are read in any order: between records in two of them, the one that was written later counts. Raise
    ValueError or RecursionError for bytes that are no such record.
    """
    if read.value is not None:
        _place(connection, gate, read, read_member(read.key, read.value))
        return False
    if is_moved(read.headers):
        _forget_partition(connection, read)
        return False
    _erase(connection, read)
    return True


def _place(connection: sqlite3.Connection, gate: Gate, read: Read, member: Member) -> None:
    """Let a user enter the audience of the record, if the gate lets it, and leave all others."""
    newest = connection.execute(
        "SELECT partition, written_ms, sequence FROM members WHERE user = ? ORDER BY written_ms DESC, sequence DESC",
        (member.user,),
    ).fetchone()
    if newest and newest[0] != read.partition and (read.timestamp_ms, member.sequence) < newest[1:]:
        return
    reason, audience = gate.reason_against(member), member.segment
    where = read.partition, read.offset, read.timestamp_ms, member.sequence
    connection.execute(_LEAVE, (audience.id, reason, *where, member.user))
    if reason is None:
        connection.execute(_ENTER, (member.user, audience.id, audience.name, *where))
    _drop(connection, member.user)


def expire_members(connection: sqlite3.Connection, before_ms: int) -> int:
    """Let members without a record since `before_ms` leave; return how many."""
    left = connection.execute(
        f"UPDATE members SET {_ANOTHER_EXIT}, belongs = 0, reason = 'expired' WHERE belongs = 1 AND written_ms <= ?",
        (before_ms,),
    ).rowcount
    if left:
        _drop_all(connection)
    return left


def forget_topic(connection: sqlite3.Connection) -> None:
    """Let every member leave until the topic, read from its beginning, says otherwise."""
    connection.execute(
        f"UPDATE members SET {_ANOTHER_EXIT}, reason = iif(belongs, 'removed', reason), belongs = 0, partition = ?, "
        "written_ms = 0, sequence = 0",
        (_NOWHERE,),
    )
    _drop_all(connection)


def _forget_partition(connection: sqlite3.Connection, read: Read) -> None:
    """Let a user leave who has no state in this partition any more, unless a record of another one counts already."""
    user = (read.key or b"").decode()
    connection.execute(
        f"UPDATE members SET {_ANOTHER_EXIT}, reason = iif(belongs, 'segment', reason), belongs = 0, offset = ? "
        "WHERE user = ? AND partition = ?",
        (read.offset, user, read.partition),
    )
    _drop(connection, user)


def _erase(connection: sqlite3.Connection, read: Read) -> None:
    """Let an erased user leave. All that stays is what the endpoint must be told."""
    user = (read.key or b"").decode()
    connection.execute(
        "UPDATE members SET belongs = 0, reason = 'erased', partition = ?, offset = ?, written_ms = ?, sequence = 0, "
        "message_id = iif(erased, message_id, ''), erased = 1 WHERE user = ? AND (partition = ? OR written_ms <= ?)",
        (read.partition, read.offset, read.timestamp_ms, user, read.partition, read.timestamp_ms),
    )
    connection.execute("DELETE FROM letters WHERE user = ?", (user,))
    _drop(connection, user)


def _drop(connection: sqlite3.Connection, user: str) -> None:
    connection.execute("DELETE FROM members WHERE user = ? AND belongs = 0 AND told = ?", (user, Told.NOTHING))


def _drop_all(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM members WHERE belongs = 0 AND told = ?", (Told.NOTHING,))
