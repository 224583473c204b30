"""The published meaning of each reason for a rejection."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from stream.core.event import Rejected
from stream.core.reasons import Reason

MEANINGS: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.NULL_VALUE: "The value is null. Only an explicit erase message erases a user.",
        Reason.NOT_UTF8: "The value is not UTF-8.",
        Reason.NOT_JSON: "The value is not JSON (NaN, Infinity and lone surrogates are not JSON either).",
        Reason.TOO_DEEP: "Arrays and objects are nested deeper than 200.",
        Reason.NOT_AN_OBJECT: "The value is JSON but not an object.",
        Reason.WRONG_TYPE: "The user or the time is neither text nor a number; the detail names the field.",
        Reason.UNKNOWN_TYPE: "No `user_id`, and a `type` not in track, identify, page, screen, alias, group, erase.",
        Reason.MISSING_EVENT: "A track call has no event name.",
        Reason.MISSING_USER: "There is no user: no user_id (flat), neither userId nor anonymousId (Segment).",
        Reason.EMPTY_USER: "The user id is empty or blank.",
        Reason.USER_TOO_LONG: "The user id is longer than 256 characters.",
        Reason.MISSING_KEY: "The record has no key; the key must be the user id.",
        Reason.KEY_MISMATCH: "The key is not the user id in UTF-8.",
        Reason.MISPLACED: "The record is not in its user's partition, and was forwarded before or is too large for it.",
        Reason.MISSING_TIMESTAMP: "There is no timestamp.",
        Reason.BAD_TIMESTAMP: "The timestamp is text but not ISO 8601; the detail may say what it looks like.",
        Reason.TIMESTAMP_OUT_OF_RANGE: "The timestamp is not from 2000-01-01 to before 2100-01-01.",
        Reason.TIMESTAMP_AHEAD: "The timestamp is more than `SEGUE_MAX_AHEAD_MS` after the broker's.",
        Reason.TRAITS_TOO_LARGE: "The user's scalar traits are more than 4096 bytes of JSON.",
        Reason.UNKNOWN_SCHEMA: "The registry has no schema of this id, or there is no registry (`SEGUE_REGISTRY_URL`).",
        Reason.UNUSABLE_SCHEMA: "The schema is not of a record, or cannot be read.",
        Reason.BAD_PAYLOAD: "The bytes do not fit the schema they name.",
        Reason.UNKNOWN_FORMAT: "The media type, or the version of CloudEvents, is none that is read here.",
    }
)


def rejected(reason: Reason, detail: str = "") -> Rejected:
    """Return the rejection for `reason`; without a detail, the reason's meaning is the detail."""
    return Rejected(reason, detail or MEANINGS[reason])
