"""An application that notes what it is given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from apps.app import Action, App
from stream.core.event import Declaration, Event
from stream.wire.catalogue import CatalogueEntry
from stream.wire.changes import SegmentChange
from stream.wire.memberships import UserSegment
from stream.wire.profiles import UserProfile
from stream.wire.topics import SEGMENT_CHANGES, SEGMENTS, USER_EVENTS, USER_PROFILES, USER_SEGMENTS

Noted = Event | Declaration | CatalogueEntry | UserSegment | UserProfile | SegmentChange


class Noting(App):
    """An application with all that it holds of each user; its actions say what came."""

    topics: ClassVar[tuple[str, ...]] = (USER_EVENTS, SEGMENTS, USER_SEGMENTS, USER_PROFILES, SEGMENT_CHANGES)

    def __init__(self) -> None:
        self.held: dict[str, list[Noted]] = {}

    def on_event(self, event: Event) -> Iterable[Action]:
        return self._hold(event.user, event)

    def on_traits(self, declaration: Declaration) -> Iterable[Action]:
        return self._hold(declaration.user, declaration)

    def on_description(self, segment: CatalogueEntry) -> Iterable[Action]:
        return self._hold(segment.id, segment)

    def on_segment(self, record: UserSegment) -> Iterable[Action]:
        return self._hold(record.user, record)

    def on_profile(self, record: UserProfile) -> Iterable[Action]:
        return self._hold(record.user, record)

    def on_change(self, change: SegmentChange) -> Iterable[Action]:
        return self._hold(change.user, change)

    def forget(self, user: str) -> None:
        self.held.pop(user, None)

    def kinds(self, user: str) -> list[str]:
        """Return the names of the kinds of what is held of a user."""
        return [type(each).__name__ for each in self.held.get(user, [])]

    def _hold(self, key: str, value: Noted) -> list[Action]:
        self.held.setdefault(key, []).append(value)
        return [{"app": "noting", "key": key, "kind": type(value).__name__}]
