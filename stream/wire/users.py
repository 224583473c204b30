"""The user of a record: the field with the user id, and the rule for valid ids."""

from __future__ import annotations

from typing import Any

import msgspec

from stream.core.event import Rejected
from stream.core.reasons import Reason
from stream.wire.calls import CommonFields
from stream.wire.reasons import rejected

USER_CHARS_MAX = 256


class _UserFields(msgspec.Struct, rename="camel"):
    """Fields of a JSON message with a user id, with values of any type."""

    flat_user: Any = msgspec.field(default=None, name="user_id")
    user_id: Any = None
    anonymous_id: Any = None
    type: Any = None


_user_fields = msgspec.json.Decoder(_UserFields)


def user_of_call(call: CommonFields | _UserFields) -> Any:
    """Return `userId`, or `anonymousId` in a call without `userId`."""
    return call.anonymous_id if call.user_id is None else call.user_id


def json_key(value: bytes) -> bytes | None:
    """Return the key required of a JSON message: the user id in UTF-8; None if `value` has no readable user id.

    Nothing else is validated: a rejected message still has a key, and so a partition.
    """
    try:
        value.decode()
        fields = _user_fields.decode(value)
    except (ValueError, RecursionError):  # not UTF-8, not JSON, not an object, or nested without end
        return None
    user = fields.flat_user if fields.type is None else user_of_call(fields)
    return user.encode() if isinstance(user, str) else None


def validate_user(key: bytes | None, user: str | None) -> str | Rejected:
    """Return `user` if valid and equal to the record's key, else the rejection."""
    if user is None:
        return rejected(Reason.MISSING_USER)
    if not user or user.isspace():
        return rejected(Reason.EMPTY_USER)
    if len(user) > USER_CHARS_MAX:
        return rejected(Reason.USER_TOO_LONG, f"expected at most {USER_CHARS_MAX} characters, got {len(user)}")
    if key is None:
        return rejected(Reason.MISSING_KEY)
    if key != user.encode():
        return rejected(Reason.KEY_MISMATCH, f"the key is {key[:USER_CHARS_MAX]!r}, the user is {user!r}")
    return user
