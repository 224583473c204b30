"""Reasons for a rejection, as stable values: a consumer of dead letters may branch on them."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A reason why a record of `user-events` is rejected."""

    NULL_VALUE = "null_value"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    TOO_DEEP = "too_deep"
    NOT_AN_OBJECT = "not_an_object"
    WRONG_TYPE = "wrong_type"
    UNKNOWN_TYPE = "unknown_type"
    MISSING_EVENT = "missing_event"
    MISSING_USER = "missing_user"
    EMPTY_USER = "empty_user"
    USER_TOO_LONG = "user_too_long"
    MISSING_KEY = "missing_key"
    KEY_MISMATCH = "key_mismatch"
    MISPLACED = "misplaced"
    MISSING_TIMESTAMP = "missing_timestamp"
    BAD_TIMESTAMP = "bad_timestamp"
    TIMESTAMP_OUT_OF_RANGE = "timestamp_out_of_range"
    TIMESTAMP_AHEAD = "timestamp_ahead"
    TRAITS_TOO_LARGE = "traits_too_large"
    UNKNOWN_SCHEMA = "unknown_schema"
    UNUSABLE_SCHEMA = "unusable_schema"
    BAD_PAYLOAD = "bad_payload"
    UNKNOWN_FORMAT = "unknown_format"
