"""State records of a user as the format has them, written in Python: what the kernel must write, byte by byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from stream.core.state import StoredItem, UserState
from stream.wire.state_records import FORMAT, Put
from stream.wire.user_records import DeclaredRecord, HeadRecord, ItemRecord, item_key

encode: Callable[[HeadRecord | ItemRecord | DeclaredRecord], bytes] = msgspec.msgpack.Encoder().encode


def head_key(user: str) -> bytes:
    """The key of a user's head without an item."""
    return b"u" + user.encode()


def declared_key(user: str) -> bytes:
    """The key of a user's declared traits and published labels."""
    return b"d" + user.encode()


def user_puts(user: str, before: UserState | None, after: UserState) -> Iterator[Put]:
    """The records of a change of a user's state: tombstones of empty slots, changed items, or the head alone."""
    was = {item.slot: item for item in before.items} if before else {}
    changed = [item for item in after.items if was.get(item.slot) != item]
    slots = {item.slot for item in after.items}
    yield from (Put(item_key(slot, user), None) for slot in was if slot not in slots)
    head = _head_record(after)
    for item in changed:
        yield Put(item_key(item.slot, user), encode(_item_record(item, head if item is changed[-1] else None)))
    if not changed:
        yield Put(head_key(user), encode(head))
    declared = _declared(after)
    if declared != (_declared(before) if before else None):
        yield Put(declared_key(user), declared)


def _declared(state: UserState) -> bytes | None:
    is_any = state.traits or state.labels
    return encode(DeclaredRecord(dict(state.traits), dict(state.labels))) if is_any else None


def _head_record(state: UserState) -> HeadRecord:
    membership = state.membership
    return HeadRecord(
        format=FORMAT,
        segment=membership.segment,
        since_ms=membership.since_ms,
        candidate=membership.candidate,
        candidate_since_ms=membership.candidate_since_ms,
        sequence=membership.sequence,
        n_events=state.n_events,
        sampled_ms=state.sampled_ms,
        offset=state.offset,
        pinned_by=membership.pinned_by,
        traceparent=state.traceparent,
    )


def _item_record(item: StoredItem, head: HeadRecord | None) -> ItemRecord:
    return ItemRecord(
        head=head,
        time_ms=item.time_ms,
        id=item.id,
        kind=item.kind,
        amount=item.amount,
        text=item.text,
        scale=item.scale,
        vector=item.vector,
        encoder=item.encoder,
    )
