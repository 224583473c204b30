"""The messages `user-events` accepts, as they are on the wire: the flat form and Segment's calls.

Source: the Segment spec, https://segment.com/docs/connections/spec/. Only fields that are read are here; others are
skipped. What must be present is not here either: a missing field and a null one are told apart from a wrong one when
the message is given its meaning.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

Time = Annotated[
    int | float | str | None,
    msgspec.Meta(description="Milliseconds since 1970 UTC (seconds below 1e11), or ISO 8601 (no zone: UTC)."),
]


class Flat(msgspec.Struct, frozen=True):
    """One event, flat."""

    user_id: Annotated[str | None, msgspec.Meta(description="Who; also the key of the message.")] = None
    timestamp: Time = None
    text: Annotated[str | None, msgspec.Meta(description="What the event says about the person, in words.")] = None
    kind: Annotated[str | None, msgspec.Meta(description="view, search, post, purchase, or your own.")] = None
    amount: Annotated[float | None, msgspec.Meta(description="Money or any other measure, in your own unit.")] = None
    id: Annotated[str | None, msgspec.Meta(description="Repeats of an id are dropped. Default: a hash.")] = None
    event_id: Annotated[str | None, msgspec.Meta(description="Another name for `id`.")] = None
    type: Annotated[Any, msgspec.Meta(description="Absent: a message with a type is a Segment call.")] = None


class CommonFields(msgspec.Struct, frozen=True, rename="camel", tag_field="type"):
    """What Segment's calls have in common."""

    user_id: Annotated[str | None, msgspec.Meta(description="Who; also the key of the message.")] = None
    anonymous_id: Annotated[str | None, msgspec.Meta(description="Who, when userId is absent or null.")] = None
    message_id: Annotated[str | None, msgspec.Meta(description="Repeats are dropped. Default: a hash.")] = None
    timestamp: Time = None
    original_timestamp: Time = None
    sent_at: Time = None
    received_at: Time = None


class Track(CommonFields, frozen=True, tag="track"):
    """Segment's track: a person did something."""

    event: Annotated[str | None, msgspec.Meta(description="Its name, such as Product Viewed.")] = None
    properties: dict[str, Any] | None = None
    context: dict[str, Any] | None = None


class Page(CommonFields, frozen=True, tag="page"):
    """Segment's page: a person saw a web page."""

    name: str | None = None
    category: str | None = None
    properties: dict[str, Any] | None = None
    context: dict[str, Any] | None = None


class Screen(CommonFields, frozen=True, tag="screen"):
    """Segment's screen: a person saw a screen of an app."""

    name: str | None = None
    category: str | None = None
    properties: dict[str, Any] | None = None
    context: dict[str, Any] | None = None


class Identify(CommonFields, frozen=True, tag="identify"):
    """Segment's identify: what a person declares about themselves."""

    traits: Annotated[
        dict[str, Any] | None,
        msgspec.Meta(description="Strings, numbers, booleans and nulls are kept, 4096 bytes of JSON at most."),
    ] = None


class Alias(CommonFields, frozen=True, tag="alias"):
    """Segment's alias: accepted and ignored."""


class Group(CommonFields, frozen=True, tag="group"):
    """Segment's group: accepted and ignored."""


class Erase(CommonFields, frozen=True, tag="erase"):
    """A person's wish to be forgotten (not in Segment's spec)."""


Behaviour = Track | Page | Screen
Call = Track | Page | Screen | Identify | Alias | Group | Erase
