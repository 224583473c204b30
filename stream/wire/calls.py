"""The JSON messages of `user-events` as structs: the flat form, the calls of the Segment spec, and erase.

Source: the Segment spec, https://segment.com/docs/connections/spec/. Other fields are skipped. Every field is
optional here: decoding of the content rejects a missing or null field. A message with other types may still be
understood, field by field.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

import msgspec

Time = Annotated[
    int | float | str | None,
    msgspec.Meta(description="Milliseconds since 1970 UTC (seconds below 1e11), or ISO 8601 (no zone: UTC)."),
]
User = int | str | None


class Flat(msgspec.Struct, frozen=True):
    """A flat event."""

    user_id: Annotated[User, msgspec.Meta(description="The user id; also the key of the record.")] = None
    timestamp: Time = None
    text: Annotated[str | None, msgspec.Meta(description="Text about the user's interest, in words.")] = None
    kind: Annotated[str | None, msgspec.Meta(description="view, search, post, purchase, or your own.")] = None
    amount: Annotated[float | None, msgspec.Meta(description="Money or any other measure, in your own unit.")] = None
    id: Annotated[str | None, msgspec.Meta(description="Repeats of an id are dropped. Default: a hash.")] = None
    event_id: Annotated[str | None, msgspec.Meta(description="Another name for `id`.")] = None
    type: Annotated[Any, msgspec.Meta(description="Absent: a message with a type is a Segment call.")] = None


class CommonFields(msgspec.Struct, frozen=True, rename="camel", tag_field="type"):
    """Fields common to Segment's calls."""

    user_id: Annotated[User, msgspec.Meta(description="The user id; also the key of the record.")] = None
    flat_user: Annotated[Any, msgspec.Meta(description="Another name for userId.")] = msgspec.field(
        default=None, name="user_id"
    )
    anonymous_id: Annotated[User, msgspec.Meta(description="The user id when userId is absent, null or blank.")] = None
    message_id: Annotated[str | None, msgspec.Meta(description="Repeats are dropped. Default: a hash.")] = None
    timestamp: Time = None
    original_timestamp: Time = None
    sent_at: Time = None
    received_at: Time = None


class Track(CommonFields, frozen=True, tag="track"):
    """Segment's track: an action of a user."""

    event: Annotated[str | None, msgspec.Meta(description="Name of the action, such as Product Viewed.")] = None
    properties: dict[str, Any] | None = None
    context: dict[str, Any] | None = None


class Page(CommonFields, frozen=True, tag="page"):
    """Segment's page: a view of a web page."""

    name: str | None = None
    category: str | None = None
    properties: dict[str, Any] | None = None
    context: dict[str, Any] | None = None


class Screen(CommonFields, frozen=True, tag="screen"):
    """Segment's screen: a view of an app's screen."""

    name: str | None = None
    category: str | None = None
    properties: dict[str, Any] | None = None
    context: dict[str, Any] | None = None


class Identify(CommonFields, frozen=True, tag="identify"):
    """Segment's identify: a user's declared traits."""

    traits: Annotated[
        dict[str, Any] | None,
        msgspec.Meta(description="Strings, numbers, booleans and nulls are kept, 4096 bytes of JSON at most."),
    ] = None


class Alias(CommonFields, frozen=True, tag="alias"):
    """Segment's alias: accepted and ignored."""


class Group(CommonFields, frozen=True, tag="group"):
    """Segment's group: accepted and ignored."""


class Erase(CommonFields, frozen=True, tag="erase"):
    """A request to erase a user (not in Segment's spec)."""


Behaviour = Track | Page | Screen
Call = Track | Page | Screen | Identify | Alias | Group | Erase
CALLS: Mapping[str, type[Call]] = MappingProxyType(
    {
        "track": Track,
        "page": Page,
        "screen": Screen,
        "identify": Identify,
        "alias": Alias,
        "group": Group,
        "erase": Erase,
    }
)
TIMES = ("timestamp", "originalTimestamp", "sentAt", "receivedAt")


def call_name(named: Any, fields: Mapping[str, Any]) -> str | None:
    """Return the name of the call that a `type` names, in any case; None for a flat event.

    A `delete` with a `userId` is an erase, as Segment's functions get it.

    >>> call_name("Track", {}), call_name("delete", {"userId": "7"}), call_name("delete", {"user_id": "7"})
    ('track', 'erase', None)
    """
    if not isinstance(named, str):
        return None
    name = named.strip().lower()
    if name == "delete" and fields.get("userId") is not None:
        return "erase"
    return name if name in CALLS else None
