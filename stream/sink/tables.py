"""The tables of a ledger: what the endpoint was told, and where each of these users is now.

A row is one user in one audience. `belongs` says whether the user is a member now, by the record at `partition` and
`offset`. `told` is what the endpoint knows. A row to which neither applies is deleted. `erased` says that an erasure
is still to be told, also of a user who has returned since. The exit comes first, then a new entry.

    told          an entry or exit was sent, and
    ''            the endpoint knows nothing of the user
    entering      there is no acknowledgement: the endpoint may know
    entered       the entry is acknowledged
    exiting       there is no acknowledgement of the exit: the endpoint may still have the user
"""

from __future__ import annotations

from enum import StrEnum

from stream.store.topic_file import FileKind


class Told(StrEnum):
    """A state of an endpoint's knowledge of a user in an audience."""

    NOTHING = ""
    ENTERING = "entering"
    ENTERED = "entered"
    EXITING = "exiting"


ENTERS = "(belongs AND NOT erased)"  # the message of a row is an entry; an exit otherwise
DUE = f"iif({ENTERS}, told <> 'entered' AND refused <> 'entered', told <> '' AND refused <> 'exited')"
_TABLES = f"""
CREATE TABLE members (
    no INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, audience TEXT NOT NULL, name TEXT NOT NULL,
    belongs INTEGER NOT NULL, reason TEXT, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
    written_ms INTEGER NOT NULL, sequence INTEGER NOT NULL, told TEXT NOT NULL DEFAULT '',
    message_id TEXT NOT NULL DEFAULT '', time_ms INTEGER NOT NULL DEFAULT 0, n_given_up INTEGER NOT NULL DEFAULT 0,
    refused TEXT NOT NULL DEFAULT '', erased INTEGER NOT NULL DEFAULT 0, UNIQUE (user, audience)
);
CREATE INDEX due ON members (n_given_up, {ENTERS}, no) WHERE {DUE};
CREATE INDEX confirmed ON members (written_ms) WHERE belongs = 1;
CREATE INDEX sizes ON members (audience) WHERE belongs = 1;
CREATE TABLE letters (
    no INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, audience TEXT NOT NULL, move TEXT NOT NULL,
    message_id TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, time_ms INTEGER NOT NULL
);
CREATE INDEX letters_of_user ON letters (user, audience);
"""

LEDGER = FileKind(
    name="ledger",
    owner="`segue sink`",
    application_id=0x5345474C,  # "SEGL"
    format=1,
    tables=_TABLES,
    setting="SEGUE_SINK_LEDGER",
    remedy="end the audiences with the Segue that made it, or name another file (SEGUE_SINK_LEDGER)",
)
