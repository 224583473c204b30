"""Values as pages show them: users without their ids unless allowed, changes as sentences, and hues of segments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

import msgspec

from stream.core.sentence.shown_text import shown
from stream.serve.identity import Identity
from stream.web.drawings import N_HUES
from stream.wire.changes import SegmentChange, SegmentRef, change_id

RESERVED = ("pending", "unknown", "inactive")
_USER_CHARS = 40

RULE_WORDS = {
    "entered": "first result",
    "returned": "returned after a pause",
    "margin_and_dwell": "another segment fits better",
    "unknown": "unlike any segment",
    "known": "known again",
    "retired": "segment was retired",
    "inactive": "inactive",
    "pinned": "pinned by a trait",
    "unpinned": "no longer pinned",
}

decode_change = msgspec.json.Decoder(SegmentChange).decode


class Sized(Protocol):
    """A segment with its number of users."""

    @property
    def id(self) -> str:
        """The id."""
        ...

    @property
    def n_users(self) -> int:
        """The number of users."""
        ...


@dataclass(frozen=True, slots=True)
class ShownUser:
    """A user on a page: the text, and the query that leads to the user's page without telling more than the text."""

    text: str
    query: str

    @property
    def address(self) -> str:
        """Address of the user's page."""
        return f"/user?{self.query}"

    def explanation(self, sequence: int) -> str:
        """Return the address of the explanation of a change."""
        return f"/explanation?{self.query}&sequence={sequence}"


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change on a page: `summary` is a sentence about the user, `ce_id` is the id on `segment-changes`."""

    change: SegmentChange
    user: ShownUser
    address: str
    summary: str
    time_ms: int
    ce_id: str
    row: int = 0
    flags: tuple[tuple[str, str], ...] = ()

    @property
    def origin(self) -> SegmentRef:
        """The segment that the user left."""
        return self.change.from_


def shown_user(identity: Identity, user: str) -> ShownUser:
    """Return the user as lists show it: by id if allowed, else by hash with a sealed reference."""
    if identity.member_ids:
        return ShownUser(shown(user, _USER_CHARS), urlencode({"id": user}))
    return ShownUser(identity.shown_user(user), urlencode({"ref": identity.seal(user)}))


def change_view(
    identity: Identity, change: SegmentChange, flags: Iterable[tuple[str, str]] = (), row: int = 0
) -> ChangeView:
    """Return a change as lists show it; `flags` are pairs of a text and a tone, `row` is the store's, if known."""
    user = shown_user(identity, change.user)
    return ChangeView(
        change=change,
        user=user,
        address=user.explanation(change.sequence),
        summary=change.summary,
        time_ms=change.decision_time_ms,
        ce_id=change_id(change.user, change.sequence, change.decision_time_ms),
        row=row,
        flags=tuple(flags),
    )


def alike(names: Mapping[str, str]) -> set[str]:
    """Return the ids whose name is also that of another id, such as a retired segment's."""
    n_of = Counter(names.values())
    return {segment for segment, name in names.items() if n_of[name] > 1}


def told_apart(names: Mapping[str, str]) -> dict[str, str]:
    """Return the names, with the id behind those that two ids have."""
    same = alike(names)
    return {segment: f"{name} ({segment})" if segment in same else name for segment, name in names.items()}


def selected_of(query: Iterable[tuple[str, str]], names: Container[str]) -> tuple[str, ...]:
    """Return the segments that a query selects to be coloured, at most one for each hue; unknown ids are left out."""
    asked = dict.fromkeys(value for name, value in query if name == "select" and value in names)
    return tuple(asked)[:N_HUES]


def hues_of(rows: Iterable[Sized]) -> dict[str, int]:
    """Return hues 1 to 8 of the largest segments, the largest first; reserved segments have none."""
    named = sorted((row for row in rows if row.id not in RESERVED), key=lambda row: (-row.n_users, row.id))
    return {row.id: hue for hue, row in enumerate(named[:N_HUES], start=1)}
