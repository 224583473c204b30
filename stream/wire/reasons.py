"""Why a message on `user-events` is rejected: the reasons are stable, a dead-letter consumer may branch on them."""

from __future__ import annotations

from stream.core.event import Rejected

REASONS: dict[str, str] = {
    "null_value": "The value is null; a person is forgotten by an explicit erase message only.",
    "not_utf8": "The value is not UTF-8.",
    "not_json": "The value is not JSON (NaN, Infinity and lone surrogates are not JSON either).",
    "too_deep": "Arrays and objects are nested deeper than 200.",
    "not_finite": "A number is too large for a finite double.",
    "not_an_object": "The value is JSON but not an object.",
    "wrong_type": "A field has the wrong JSON type; the detail names it.",
    "unknown_type": "`type` is none of track, identify, page, screen, alias, group, erase.",
    "missing_event": "A track message has no event name.",
    "missing_user": "There is no user: no user_id (flat), neither userId nor anonymousId (Segment).",
    "empty_user": "The user is empty or blank.",
    "user_too_long": "The user is longer than 256 characters.",
    "missing_key": "The message has no key; it must be the user, so that a person's events share a partition.",
    "key_mismatch": "The key is not the user in UTF-8.",
    "id_too_long": "The event id is longer than 256 characters.",
    "missing_timestamp": "There is no timestamp.",
    "bad_timestamp": "The timestamp is text but not ISO 8601.",
    "timestamp_out_of_range": "The timestamp is not from 2000-01-01 to before 2100-01-01.",
    "amount_out_of_range": "The amount is beyond 1e15 in magnitude.",
    "traits_too_large": "The traits that would be kept are more than 4096 bytes of JSON.",
}


def rejected(reason: str, detail: str = "") -> Rejected:
    """The rejection for one of REASONS; without a detail its sentence is the detail."""
    sentence = REASONS[reason]
    return Rejected(reason, detail or sentence)
