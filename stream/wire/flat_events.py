"""The flat form of an event to an `Event`: the one place to validate user, time, amount and id."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from stream.core.event import Event, Rejected
from stream.wire.amounts import AMOUNT_MAX
from stream.wire.calls import Flat
from stream.wire.fields import Fields
from stream.wire.timestamps import to_ms
from stream.wire.users import validate_user

ID_CHARS_MAX = 256


def event_of(
    flat: Flat, key: bytes | None, value: bytes, fields: Fields, ignored: Sequence[str] = ()
) -> Event | Rejected:
    """Return the event of a record with this key and value, decoded to `flat`.

    An event without id gets a hash of `value`, a long id is replaced by its hash. `ignored` are the paths of fields
    that were not understood.
    """
    user = validate_user(key, flat.user_id)
    if isinstance(user, Rejected):
        return user
    time_ms = to_ms(flat.timestamp)
    if isinstance(time_ms, Rejected):
        return time_ms
    amount = flat.amount or 0.0
    if not -AMOUNT_MAX <= amount <= AMOUNT_MAX:
        amount, ignored = 0.0, (*ignored, "amount")
    event_id = flat.id or flat.event_id or hash_of(value)
    if len(event_id) > ID_CHARS_MAX:
        event_id = hash_of(event_id.encode())
    text = fields.clean(flat.text) if flat.text else ""
    return Event(user, event_id, fields.kind_of(flat.kind), time_ms, text, amount, tuple(ignored))


def hash_of(data: bytes) -> str:
    """Return the id of an event without one, and of one with a long id."""
    return blake2b(data, digest_size=8).hexdigest()
