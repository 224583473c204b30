"""The tables of a store.

Everything that comes from one topic is in tables of that topic, or carries the marks to take it out again. Segments,
users and texts have numbers, since flows and members hold them millions of times.
"""

from __future__ import annotations

from stream.store.topic_file import FileKind

HOUR_MS = 3_600_000
MICRO = 1_000_000  # contributions are summed in millionths: such sums do not depend on their order

TABLES = """
CREATE TABLE damaged (topic TEXT PRIMARY KEY, n INTEGER, last TEXT) WITHOUT ROWID;
CREATE TABLE segments (
    no INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, name TEXT NOT NULL, n_users INTEGER NOT NULL DEFAULT 0,
    rare INTEGER, retired INTEGER, value BLOB
);
CREATE TABLE users (
    no INTEGER PRIMARY KEY, user TEXT UNIQUE NOT NULL, segment INTEGER, since_ms INTEGER, sequence INTEGER,
    weight REAL, partition INTEGER, written_ms INTEGER, value BLOB
);
CREATE INDEX members ON users (segment, user) WHERE segment IS NOT NULL;
CREATE TABLE erased (
    user BLOB PRIMARY KEY, partition INTEGER, written_ms INTEGER
) WITHOUT ROWID;
CREATE TABLE changes (
    no INTEGER PRIMARY KEY AUTOINCREMENT, user INTEGER, sequence INTEGER, time_ms INTEGER, origin INTEGER,
    target INTEGER, written_ms INTEGER, value BLOB
);
CREATE UNIQUE INDEX changes_of_user ON changes (user, sequence, time_ms);
CREATE INDEX changes_in_time ON changes (time_ms, origin, target, user);
CREATE TABLE hours (
    segment INTEGER, hour INTEGER, n_entered INTEGER, n_left INTEGER, PRIMARY KEY (segment, hour)
) WITHOUT ROWID;
CREATE TABLE texts (no INTEGER PRIMARY KEY, kind TEXT, text TEXT, n INTEGER, UNIQUE (kind, text));
CREATE TABLE reasons (
    hour INTEGER, origin INTEGER, target INTEGER, text INTEGER, n INTEGER, micro INTEGER,
    PRIMARY KEY (hour, origin, target, text)
) WITHOUT ROWID;
CREATE TABLE requirements (
    origin INTEGER, target INTEGER, margin REAL, dwell_ms INTEGER, time_ms INTEGER, PRIMARY KEY (origin, target)
) WITHOUT ROWID;
CREATE TABLE samples (user INTEGER PRIMARY KEY, hash INTEGER, time_ms INTEGER, written_ms INTEGER, value BLOB);
CREATE INDEX samples_by_hash ON samples (hash);
CREATE INDEX samples_in_time ON samples (time_ms);
CREATE TABLE profiles (
    user INTEGER PRIMARY KEY, hash INTEGER, partition INTEGER, written_ms INTEGER, time_ms INTEGER, value BLOB
);
CREATE INDEX profiles_by_hash ON profiles (hash);
CREATE TABLE events (
    no INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, id BLOB, time_ms INTEGER, status TEXT, value BLOB,
    UNIQUE (kind, id)
);
CREATE INDEX events_of_kind ON events (kind, no);
CREATE TABLE models (
    version INTEGER PRIMARY KEY, encoder TEXT, made_ms INTEGER, n_segments INTEGER, objective REAL, refused TEXT,
    value BLOB
);
"""

STORE = FileKind(
    name="store",
    owner="`segue serve`",
    application_id=0x53454755,  # "SEGU"
    format=2,  # of the tables: a file of another format is made again from the topics
    tables=TABLES,
    setting="SEGUE_STORE",
    remedy="delete it, and it is read anew",
)
