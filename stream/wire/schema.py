"""The JSON Schema of a message on `user-events`, from the types of the decoder.

A message that fits is understood whole. Others may be accepted with fields that count as missing: `near_misses`.
Not expressible in a schema: the key, a timestamp's range and form, the size of traits.
"""

from __future__ import annotations

from typing import Any

import msgspec

from stream.wire.amounts import AMOUNT_MAX
from stream.wire.calls import Call, Flat
from stream.wire.flat_events import ID_CHARS_MAX
from stream.wire.users import USER_CHARS_MAX

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TEXT_USER = {"type": "string", "minLength": 1, "maxLength": USER_CHARS_MAX, "pattern": r"\S"}
_USER = {"anyOf": [_TEXT_USER, {"type": "integer"}]}
_ID = {"anyOf": [{"type": "string", "maxLength": ID_CHARS_MAX}, {"type": "null"}]}
_TIME = {"type": ["number", "string"]}
_BEHAVIOUR = ("Track", "Page", "Screen")
_IGNORED = ("Alias", "Group")


def user_events_schema() -> dict[str, Any]:
    """Return one document for every accepted message; a new dict at each call."""
    (flat, call), definitions = msgspec.json.schema_components([Flat, Call], ref_template="#/$defs/{name}")
    _demand_flat(definitions["Flat"])
    for name, definition in definitions.items():
        if name in _IGNORED:
            del definition["properties"]["user_id"]
        elif name != "Flat":
            _demand_call(definition, dated=name in _BEHAVIOUR)
    definitions["Track"]["required"].append("event")
    track = definitions["Track"]["properties"]
    track["event"] = _described(track["event"], {"type": "string", "minLength": 1})
    return {
        "$schema": DIALECT,
        "title": "user-events",
        "description": "A flat event, a call of the Segment spec, or an erase message. Key: the user.",
        "anyOf": [flat, call],
        "$defs": definitions,
    }


def _demand_flat(definition: dict[str, Any]) -> None:
    """Require user and time of a flat event, and bound values."""
    fields = definition["properties"]
    definition["required"] = ["user_id", "timestamp"]
    fields["user_id"] = _described(fields["user_id"], _USER)
    fields["timestamp"] = _described(fields["timestamp"], _TIME)
    fields["type"] = _described(fields["type"], {"type": "null"})
    fields["amount"]["anyOf"][0] |= {"minimum": -AMOUNT_MAX, "maximum": AMOUNT_MAX}
    fields["id"] = _described(fields["id"], _ID)


def _demand_call(definition: dict[str, Any], dated: bool) -> None:
    """Require a user by either name and, if the call is `dated`, one of four times."""
    fields = definition["properties"]
    del fields["user_id"]  # another name for userId
    by_user = {"required": ["userId"], "properties": {"userId": _USER}}
    by_anonymous = {"required": ["anonymousId"], "properties": {"anonymousId": _USER, "userId": {"type": "null"}}}
    demands: list[dict[str, Any]] = [{"anyOf": [by_user, by_anonymous]}]
    if dated:
        times = ("timestamp", "originalTimestamp", "sentAt", "receivedAt")
        demands.append({"anyOf": [{"required": [time], "properties": {time: _TIME}} for time in times]})
        fields["messageId"] = _described(fields["messageId"], _ID)
    definition["allOf"] = demands


def _described(field: dict[str, Any], demand: dict[str, Any]) -> dict[str, Any]:
    return {"description": field["description"], **demand}
