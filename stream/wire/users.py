"""The user of a record: the field with the user id, and the rule for valid ids."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec

from stream.core.event import Rejected
from stream.core.reasons import Reason
from stream.wire.calls import CommonFields, call_name
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
    """Return the user of a call."""
    return pick_user(call.user_id, call.flat_user, call.anonymous_id)


def pick_user(user_id: Any, flat_user: Any, anonymous_id: Any) -> Any:
    """Return the first user that is not null or blank, else the first that is not null."""
    if user_id and not (isinstance(user_id, str) and user_id.isspace()):  # nearly always
        return user_id
    given = [user for user in (user_id, flat_user, anonymous_id) if user is not None]
    return next((user for user in given if not isinstance(user, str) or user.strip()), given[0] if given else None)


def json_key(value: bytes) -> bytes | None:
    """Return the key required of a JSON message: the user id in UTF-8; None if `value` has no readable user id.

    Nothing else is validated: a rejected message still has a key, and so a partition.
    """
    try:
        value.decode()
        fields = _user_fields.decode(value)
    except (ValueError, RecursionError):  # not UTF-8, not JSON, not an object, or nested without end
        return None
    is_call = call_name(fields.type, {"userId": fields.user_id}) is not None
    user = user_of_call(fields) if is_call else fields.flat_user
    if isinstance(user, int) and not isinstance(user, bool):
        user = str(user)
    return user.encode() if isinstance(user, str) else None


def validate_user(key: bytes | None, user: int | str | None) -> str | Rejected:
    """Return `user` as text if valid and equal to the record's key, else the rejection."""
    if user is None:
        return rejected(Reason.MISSING_USER)
    user = str(user)
    if not user or user.isspace():
        return rejected(Reason.EMPTY_USER)
    if len(user) > USER_CHARS_MAX:
        return rejected(Reason.USER_TOO_LONG, f"expected at most {USER_CHARS_MAX} characters, got {len(user)}")
    if key is None:
        return rejected(Reason.MISSING_KEY)
    if key != user.encode():
        return rejected(Reason.KEY_MISMATCH, f"the key is {key[:USER_CHARS_MAX]!r}, the user is {user!r}")
    return user


def erased_user(key: bytes | None, user: int | str | None) -> str | Rejected:
    """Return the user to erase. Either the key or the value may name the user; a wish to be forgotten is not lost."""
    named = "" if user is None else str(user)
    if key and not named.strip():
        with suppress(UnicodeDecodeError):
            return validate_user(key, key.decode())
    return validate_user(named.encode() if key is None and named else key, user)
