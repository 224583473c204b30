"""Dead letters in a ledger: messages that the endpoint refused, each with its last answer."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from stream.sink.message import Message


def write_letters(
    connection: sqlite3.Connection, messages: Sequence[Message], status: int, body: str, now_ms: int
) -> None:
    """Write one letter for each message, in place of an earlier one. The message waits until something changes."""
    for each in messages:
        delete_letters(connection, each)
        connection.execute("UPDATE members SET refused = ? WHERE no = ?", (each.move, each.no))
        connection.execute(
            "INSERT INTO letters (user, audience, move, message_id, status, body, time_ms) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (each.user, each.audience, each.move, each.id, status, body, now_ms),
        )


def delete_letters(connection: sqlite3.Connection, message: Message) -> None:
    """Delete the letters about a user in an audience."""
    connection.execute("DELETE FROM letters WHERE user = ? AND audience = ?", (message.user, message.audience))
