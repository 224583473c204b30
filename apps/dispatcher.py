"""Records to applications, by the rules of the contract.

A repeated change is left out by its `ce_id`. A tombstone is an erasure, unless the record moved to another partition.
Records about a user from before an erasure are left out, whichever topic comes first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from apps.app import Action, App
from stream.core.event import Declaration, Erasure, Event
from stream.kafka.reader import Read
from stream.wire.catalogue import CatalogueEntry
from stream.wire.changes import SegmentChange
from stream.wire.event_decoder import EventDecoder
from stream.wire.memberships import UserSegment
from stream.wire.profiles import UserProfile
from stream.wire.records import ConsumerRecord
from stream.wire.topics import SEGMENT_CHANGES, SEGMENTS, USER_EVENTS, USER_PROFILES, USER_SEGMENTS
from stream.wire.user_tables import is_moved

_KINDS: dict[str, tuple[type[msgspec.Struct], str]] = {
    SEGMENTS: (CatalogueEntry, "on_description"),
    USER_SEGMENTS: (UserSegment, "on_segment"),
    USER_PROFILES: (UserProfile, "on_profile"),
    SEGMENT_CHANGES: (SegmentChange, "on_change"),
}
_REPEATS = 100_000  # ids of changes that are remembered


class Dispatcher:
    """A distributor of records to the applications that read their topics."""

    def __init__(self, apps: Sequence[App], decoder: EventDecoder) -> None:
        self.apps, self.decoder = apps, decoder
        self.is_live = False  # False: what comes was written before the start
        self.n_taken: Counter[str] = Counter()  # by topic
        self._erased_ms: dict[str, int] = {}
        self._users: set[str] = set()
        self._seen: dict[bytes, None] = {}

    def take(self, read: Read) -> list[Action]:
        """Give a record to the applications; return their actions."""
        self.n_taken[read.topic] += 1
        if read.topic == USER_EVENTS:
            return self._take_event(read)
        user = (read.key or b"").decode(errors="replace")
        if read.value is None:
            is_erasure = read.topic != SEGMENTS and not is_moved(read.headers)
            return self._forget(user, read.timestamp_ms) if is_erasure else []
        if read.timestamp_ms <= self._erased_ms.get(user, -1) or self._is_repeat(read):
            return []
        if read.topic == USER_SEGMENTS:
            self._users.add(user)
        elif read.topic == SEGMENT_CHANGES and not self.is_live and user not in self._users:
            return []  # erased, and compaction has taken the tombstone
        kind, method = _KINDS[read.topic]
        try:
            record = msgspec.json.decode(read.value, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError):  # only a stranger can have written it
            self.n_taken["unreadable"] += 1
            return []
        return self._each(read.topic, method, record)

    def idle(self) -> list[Action]:
        """Return what the applications do between two polls."""
        return [action for app in self.apps for action in app.on_idle()]

    def _take_event(self, read: Read) -> list[Action]:
        match self.decoder.decode(ConsumerRecord(*read)):
            case Event() as event:
                return self._each(USER_EVENTS, "on_event", event)
            case Declaration() as declaration:
                return self._each(USER_EVENTS, "on_traits", declaration)
            case Erasure(user):
                return self._forget(user, read.timestamp_ms)
        return []

    def _forget(self, user: str, time_ms: int) -> list[Action]:
        self._erased_ms[user] = max(time_ms, self._erased_ms.get(user, -1))
        self._users.discard(user)
        for app in self.apps:
            app.forget(user)
        return []

    def _is_repeat(self, read: Read) -> bool:
        identity = dict(read.headers).get("ce_id", b"") if read.topic == SEGMENT_CHANGES else b""
        if not identity or identity in self._seen:
            return bool(identity)
        self._seen[identity] = None
        if len(self._seen) > _REPEATS:
            del self._seen[next(iter(self._seen))]
        return False

    def _each(self, topic: str, method: str, value: object) -> list[Action]:
        return [action for app in self.apps if topic in app.topics for action in getattr(app, method)(value)]
