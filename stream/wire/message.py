"""A message on its way out: which of Segue's topics, key, value, headers. Delivering it is an engine's business."""

from __future__ import annotations

from typing import NamedTuple

Headers = list[tuple[str, bytes]]


class Message(NamedTuple):
    """`topic` is the plain name, before any prefix; `value` None is a tombstone."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


class Raw(NamedTuple):
    """A message as it came from a partition of `topic`."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers
