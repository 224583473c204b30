"""The map of profiles as numbers: a place for each sampled user, which moves only if the user's profile does."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from stream.core.arrays import Vectors
from stream.core.profile import Profiles
from stream.maps.layout import Layout, LayoutKeeper
from stream.serve.pages.views import change_view, decode_change
from stream.serve.parts import Parts
from stream.store.queries.live import latest_changes
from stream.store.queries.samples import SampleFrame, samples
from stream.store.queries.segments import segment_names
from stream.store.queries.users import user_changes
from stream.store.store import Store, revision

N_USERS = 5_000  # on the map: the newest samples at first; later ones fill up to this
N_NEWEST = 500  # samples of one look
EVERY_MS = 500
FULL_SCALE = 65_535


class Points:
    """Points of one layout. `made` names the layout; another one begins with new points."""

    def __init__(self, keeper: LayoutKeeper, parts: Parts) -> None:
        self._keeper, self._parts = keeper, parts
        self._made = ""
        self._looked_ms, self._revision, self._row = 0, -1, 0
        self._forget()

    def moved(self, store: Store) -> dict[str, Any] | None:
        """Return the points that moved or changed segment since the last look; None if none did, or too soon."""
        now_ms = self._parts.clock_ms()
        if now_ms - self._looked_ms < EVERY_MS:
            return None
        self._looked_ms = now_ms
        layout = self._keeper.current()
        if revision(store) == self._revision and _name_of(layout) == self._made:
            return None
        return self._update(store, layout)

    def everything(self, store: Store) -> dict[str, Any]:
        """Return all points, x, y and segment of each place as 16-bit integers in base64, and the layout's state."""
        layout = self._keeper.current()
        self._update(store, layout)
        numbers = np.array(self._points, "<u2").reshape(-1, 3)
        return {
            "made": self._made,
            "state": layout.state,
            "reason": layout.reason,
            "segments": self._segments_with_names(store),
            "points": b64encode(numbers.tobytes()).decode(),
        }

    def who(self, store: Store, made: str, place: int) -> dict[str, Any] | None:
        """Return user, segment and last change at a place; None if it is of another layout or not there."""
        if made != self._made or not 0 <= place < len(self._users):
            return None
        user, identity = self._users[place], self._parts.identity
        found = user_changes(store, user, None, 1)
        segment = self._segments[self._points[place][2]]
        name = segment_names(store).get(segment, segment)
        if not found:
            return {"user": identity.shown_user(user), "segment": name, "summary": ""}
        view = change_view(identity, decode_change(found[0]))
        return {"user": view.user.text, "segment": name, "summary": view.summary, "address": view.user.address}

    def close(self) -> None:
        """End a fit that runs."""
        self._keeper.close()

    def _forget(self) -> None:
        self._users: list[str] = []
        self._numbered: dict[str, int] = {}
        self._points: list[list[int]] = []  # x, y, segment of each place
        self._segments: list[str] = []
        self._number_of: dict[str, int] = {}

    def _update(self, store: Store, layout: Layout) -> dict[str, Any] | None:
        """Take the newest samples and changes into the points."""
        if layout.landmarks is None:
            return None
        if _name_of(layout) != self._made:
            self._made, self._row = _name_of(layout), 0
            self._forget()
        with store.snapshot():
            self._revision = revision(store)
            frame = samples(store, None, N_NEWEST if self._users else N_USERS)
            changes = latest_changes(store, self._row, N_USERS if self._row else 1)
        touched = self._moved_by(changes) | self._drawn(frame, layout)
        if not touched:
            return None
        points = [[place, *self._points[place]] for place in sorted(touched)]
        return {"made": self._made, "segments": self._segments_with_names(store), "points": points}

    def _drawn(self, frame: SampleFrame, layout: Layout) -> set[int]:
        landmarks = layout.landmarks
        if landmarks is None or not frame.users or frame.encoder != landmarks.encoder:
            return set()
        profiles = Profiles(frame.explicit, frame.semantic, frame.mass)
        places = landmarks.place(layout.method, profiles)
        scale = _scale(landmarks.places[layout.method])
        touched = set()
        for user, segment, (x, y) in zip(frame.users, frame.segments, scale(places), strict=True):
            if (place := self._place(user)) is not None and self._put(place, [int(x), int(y), self._number(segment)]):
                touched.add(place)
        return touched

    def _moved_by(self, changes: Sequence[tuple[int, bytes]]) -> set[int]:
        touched = set()
        for row, value in reversed(changes):
            self._row = max(self._row, row)
            change = decode_change(value)
            place = self._numbered.get(change.user)
            if place is not None and self._put(place, [*self._points[place][:2], self._number(change.to.id)]):
                touched.add(place)
        return touched

    def _place(self, user: str) -> int | None:
        """Return the place of a user, a new one while there is room."""
        place = self._numbered.get(user)
        if place is None and len(self._users) < N_USERS:
            place = self._numbered[user] = len(self._users)
            self._users.append(user)
            self._points.append([])
        return place

    def _put(self, place: int, point: list[int]) -> bool:
        if self._points[place] == point:
            return False
        self._points[place] = point
        return True

    def _number(self, segment: str) -> int:
        if segment not in self._number_of:
            self._number_of[segment] = len(self._segments)
            self._segments.append(segment)
        return self._number_of[segment]

    def _segments_with_names(self, store: Store) -> list[dict[str, str]]:
        names = segment_names(store)
        return [{"id": segment, "name": names.get(segment, segment)} for segment in self._segments]


def _name_of(layout: Layout) -> str:
    """Return a name of the layout, another one for each fit; empty without one."""
    return f"{layout.method}-{layout.landmarks.made_ms}" if layout.landmarks else ""


def _scale(landmarks: Vectors) -> Callable[[Vectors], Vectors]:
    """Return the function from places to 16-bit integers: users lie among the landmarks, so nobody is outside."""
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    span = np.maximum(high - low, 1e-9)
    return lambda places: np.clip(np.round((places - low) / span * FULL_SCALE), 0, FULL_SCALE)
