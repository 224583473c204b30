"""Places of files: one for each deployment that a machine looks at, and for each purpose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from stream.kafka.connection import Connection

_NAME_CHARS = 80


def default_store(connection: Connection, environment: Mapping[str, str], purpose: str = "") -> Path:
    """Return the file of a deployment in the user's state directory (XDG base directories); the store by default."""
    state = environment.get("XDG_STATE_HOME", "")
    folder = Path(state) if state.startswith("/") else Path.home() / ".local" / "state"
    return folder / "segue" / f"{_name(connection)}{purpose}.sqlite"


def _name(connection: Connection) -> str:
    """Return a file name for cluster and prefix; a long one ends in a hash of all of it."""
    whole = "-".join(filter(None, (*sorted(connection.addresses), connection.topic_prefix)))
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", whole)
    if name == whole.replace(":", "-") and len(name) <= _NAME_CHARS:
        return name
    return f"{name[:_NAME_CHARS]}-{sha256(whole.encode()).hexdigest()[:8]}"
