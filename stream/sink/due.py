"""Messages that are due, from the rows of a ledger: the difference between what is and what the endpoint was told."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence, Sized

from stream.sink.gate import Reason
from stream.sink.message import Message, Move
from stream.sink.tables import DUE, ENTERS, Told

NEXT = {Move.ENTERED: Told.ENTERING, Move.EXITED: Told.EXITING}


def due_messages(connection: sqlite3.Connection, n_max: int, small: Sequence[str]) -> list[Message]:
    """Return messages to send: those given up least often first, exits before entries, no entry of a small audience."""
    condition = f"{DUE} AND (NOT {ENTERS} OR audience NOT IN ({_marks(small)}))"
    return _messages(connection, condition, small, n_max)


def still_due(connection: sqlite3.Connection, messages: Sequence[Message], small: Sequence[str]) -> list[Message]:
    """Return those of the messages that are still to be sent, with what they say now."""
    moves = {each.no: each.move for each in messages}
    condition = f"{DUE} AND (NOT {ENTERS} OR audience NOT IN ({_marks(small)})) AND no IN ({_marks(moves)})"
    found = _messages(connection, condition, [*small, *moves], len(moves))
    return [each for each in found if each.move == moves[each.no]]


def current_messages(connection: sqlite3.Connection, messages: Sequence[Message]) -> list[Message]:
    """Return the messages of the same rows, as they are now."""
    nos = [each.no for each in messages]
    return _messages(connection, f"no IN ({_marks(nos)})", nos, len(nos))


def _messages(connection: sqlite3.Connection, condition: str, values: Sequence[object], n_max: int) -> list[Message]:
    rows = connection.execute(
        f"SELECT no, user, audience, name, {ENTERS}, iif(erased, 'erased', reason), told, message_id, time_ms "
        f"FROM members WHERE {condition} ORDER BY n_given_up, {ENTERS}, no LIMIT ?",
        (*values, n_max),
    )
    return [_message(*row) for row in rows]


def _message(
    no: int,
    user: str,
    audience: str,
    name: str,
    enters: int,
    reason: str | None,
    told: str,
    sent_id: str,
    time_ms: int,
) -> Message:
    """Return the message of a row; without an id if it was not sent before."""
    move = Move.ENTERED if enters else Move.EXITED
    sent = sent_id if told == NEXT[move] else ""
    return Message(no, user, audience, name, move, Reason(reason) if reason and not enters else None, sent, time_ms)


def _marks(values: Sized) -> str:
    return ", ".join("?" * len(values))
