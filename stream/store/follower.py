"""The follower: one thread that reads the topics into a store, for as long as the process runs."""

from __future__ import annotations

from pathlib import Path

from stream.kafka.connection import Connection
from stream.store.freshness import Freshness
from stream.store.policy import StorePolicy


class TopicFollower:
    """A thread that keeps a store up to date. Broker restarts, missing topics and damaged records do not end it.

    Raise what `StoreWriter` raises.
    """

    def __init__(self, connection: Connection, path: Path, policy: StorePolicy = StorePolicy()) -> None:  # noqa: B008
        raise NotImplementedError

    def start(self) -> None:
        """Begin to read."""

    def freshness(self) -> Freshness:
        """Return how far the store is behind the topics now."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop reading and close the store; a batch in progress ends first."""
