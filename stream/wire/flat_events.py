"""The flat form of an event to an `Event`: the one place to validate user, time, amount and id."""

from __future__ import annotations

from hashlib import blake2b

from stream.core.event import Event, Rejected
from stream.core.reasons import Reason
from stream.wire.calls import Flat
from stream.wire.fields import Fields
from stream.wire.reasons import rejected
from stream.wire.timestamps import to_ms
from stream.wire.users import validate_user

ID_CHARS_MAX = 256
AMOUNT_MAX = 1e15  # sums over a window stay finite and exact to the unit


def event_of(flat: Flat, key: bytes | None, value: bytes, fields: Fields) -> Event | Rejected:
    """Return the event of a record with this key and value, decoded to `flat`; an event without id gets a hash of
    `value`."""
    user = validate_user(key, flat.user_id)
    if isinstance(user, Rejected):
        return user
    time_ms = to_ms(flat.timestamp)
    if isinstance(time_ms, Rejected):
        return time_ms
    amount = flat.amount or 0.0
    if not -AMOUNT_MAX <= amount <= AMOUNT_MAX:
        return rejected(Reason.AMOUNT_OUT_OF_RANGE, f"expected at most 1e15 in magnitude, got {amount}")
    event_id = flat.id or flat.event_id or blake2b(value, digest_size=8).hexdigest()
    if len(event_id) > ID_CHARS_MAX:
        return rejected(Reason.ID_TOO_LONG, f"expected at most {ID_CHARS_MAX} characters, got {len(event_id)}")
    text = fields.clean(flat.text) if flat.text else ""
    return Event(user, event_id, fields.kind_of(flat.kind), time_ms, text, amount)
