"""Names of headers that are not UTF-8, as clients in other languages send them, through clients that encode names."""

from __future__ import annotations


class _RawName(str):
    """A name that encodes itself to given bytes."""

    raw: bytes

    def encode(self, *_: object) -> bytes:
        return self.raw


def raw_name(name: bytes) -> str:
    """Return a name that kafka-python sends as these bytes."""
    made = _RawName(name.decode("latin-1"))
    made.raw = name
    return made
