"""An application on Segue's topics: values in, actions out, and no client of Kafka."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from stream.core.event import Declaration, Event
from stream.wire.catalogue import CatalogueEntry
from stream.wire.changes import SegmentChange
from stream.wire.memberships import UserSegment
from stream.wire.profiles import UserProfile

Action = dict[str, Any]  # one line of JSON: what to `do` for which `user`, the `reason`, and the records it rests on


class App:
    """A base of applications, each with the methods that it needs.

    `topics` are local names. Every topic is read from its beginning: an application learns from the past, and acts on
    what comes after its start. All methods run in one thread.
    """

    topics: ClassVar[tuple[str, ...]] = ()

    def on_event(self, event: Event) -> Iterable[Action]:
        """Take an event of `user-events`."""
        return ()

    def on_traits(self, declaration: Declaration) -> Iterable[Action]:
        """Take declared traits of `user-events`."""
        return ()

    def on_description(self, segment: CatalogueEntry) -> Iterable[Action]:
        """Take a record of `segments`."""
        return ()

    def on_segment(self, record: UserSegment) -> Iterable[Action]:
        """Take a record of `user-segments`."""
        return ()

    def on_profile(self, record: UserProfile) -> Iterable[Action]:
        """Take a record of `user-profiles`."""
        return ()

    def on_change(self, change: SegmentChange) -> Iterable[Action]:
        """Take a record of `segment-changes`; repeats are left out."""
        return ()

    def on_idle(self) -> Iterable[Action]:
        """Return actions after every poll: the place for what takes longer, such as a new fit."""
        return ()

    def forget(self, user: str) -> None:
        """Drop everything about an erased user."""
