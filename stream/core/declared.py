"""Traits that the declarations of a batch leave: they follow from earlier declarations and erasures alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from stream.core.decision.consent import admit, after, has_consent
from stream.core.decision.pins import matching_pin
from stream.core.event import (
    NO_TRAITS,
    TRAITS_BYTES_MAX,
    Content,
    Declaration,
    Event,
    Rejected,
    Scalar,
    traits_bytes,
)
from stream.core.kernel.layout import NONE
from stream.core.partition import PartitionState
from stream.core.policy import Policy
from stream.core.reasons import Reason
from stream.core.records import Op, Records
from stream.core.traits_bytes import traits_bytes_of


class Declared(NamedTuple):
    """Traits after a declaration as bytes, the pin rule that matches, consent, and whether any trait is new."""

    traits: bytes
    pin: int
    consents: bool
    is_new: bool


def declared_in(records: Records, partition: PartitionState, policy: Policy) -> tuple[dict[int, Declared], Rejects]:
    """Return what each row of a declaration leaves, and the rows that are too large with those before."""
    rows = [row for row, content in records.contents.items() if isinstance(content, Declaration)]
    found, rejected = dict[int, Declared](), Rejects()
    if not rows:
        return found, rejected
    declaring = {records.users[row] for row in rows}
    known: dict[bytes, Mapping[str, Scalar] | None] = {user: partition.traits(user) for user in declaring}
    for row in _rows_of(records, declaring):
        user, content = records.users[row], _content(records, row)
        admitted = admit(content, known[user], policy.consent)
        if isinstance(content, Declaration):
            merged = {**(known[user] or {}), **content.traits}
            if isinstance(admitted, Declaration) and (n_bytes := traits_bytes(merged)) > TRAITS_BYTES_MAX:
                together = f"with those declared before: expected at most {TRAITS_BYTES_MAX} bytes, got {n_bytes}"
                rejected[row] = Rejected(Reason.TRAITS_TOO_LARGE, together)
                continue
            found[row] = _declared(merged, known[user] or NO_TRAITS, policy)
        known[user] = after(admitted, known[user])
    return found, rejected


class Rejects(dict[int, Rejected]):
    """Rejections by row."""


def _declared(merged: Mapping[str, Scalar], before: Mapping[str, Scalar], policy: Policy) -> Declared:
    pin = matching_pin(merged, policy.pin)
    is_new = repr(dict(merged)) != repr(dict(before))  # True and 1 are two values
    number = NONE if pin is None else policy.pin.index(pin)
    return Declared(traits_bytes_of(merged), number, has_consent(merged, policy.consent), is_new)


def _rows_of(records: Records, users: set[bytes]) -> Sequence[int]:
    return [row for row, user in enumerate(records.users) if user in users]


def _content(records: Records, row: int) -> Content:
    if records.ops[row] == Op.EVENT:
        return Event(records.users[row].decode(), "", "", int(records.times_ms[row]))
    return records.contents[row]
