"""Setting users of a partition as a whole, from their states: after a restore, and in tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ctypes import addressof, byref
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from stream.core.deciding import kind_codes
from stream.core.decision.consent import has_consent
from stream.core.decision.pins import matching_pin
from stream.core.kernel.binding import Joined, address, kernel
from stream.core.kernel.layout import NONE, LabelBlock, UserBlock, UsersBlock
from stream.core.state import StoredItem, UserState
from stream.core.traits_bytes import traits_bytes_of

if TYPE_CHECKING:
    from stream.core.partition import PartitionState

CONSENTS, STALE = 1, 2
TIME_MAX = 1 << 60
_BYTES_MAX = 65_535  # of a name, an id and a trace


def set_users(partition: PartitionState, states: Mapping[str, UserState]) -> None:
    """Set users, without their timers. Raise ValueError for a state that cannot be."""
    for user, state in states.items():
        _check(partition, user, state)
    heads = (UserBlock * len(states))(*(_head(partition, user, state) for user, state in states.items()))
    items = [item for state in states.values() for item in state.items]
    labels = [pair for state in states.values() for pair in state.labels.items()]
    symbols = partition.symbols
    label_blocks = (LabelBlock * len(labels))(
        *(
            LabelBlock(
                symbols.number(name), _optional(partition, each.value), _optional(partition, each.pending), 0,
                each.pending_since_ms,
            )
            for name, each in labels
        )
    )  # fmt: skip
    texts = list(dict.fromkeys((i.text, i.scale, i.vector, i.encoder != partition.encoder) for i in items))
    kinds = list(dict.fromkeys(item.kind for item in items))
    number_of = {text: at for at, text in enumerate(texts)}
    code_of = {kind: at for at, kind in enumerate(kinds)}
    vectors = np.zeros((len(texts), partition.width), np.int8)
    for row, (_, _, vector, _) in enumerate(texts):
        vectors[row, : partition.dimension] = np.frombuffer(vector, np.int8)
    joined = [
        Joined([user.encode() for user in states]),
        Joined([state.traceparent.encode() for state in states.values()]),
        Joined([traits_bytes_of(state.traits) for state in states.values()]),
        Joined([item.id.encode() for item in items]),
        Joined([text.encode() for text, *_ in texts]),
        Joined([kind.encode() for kind in kinds]),
    ]
    arrays = [
        np.cumsum([len(state.items) for state in states.values()], dtype=np.int64),
        np.cumsum([len(state.labels) for state in states.values()], dtype=np.int64),
        np.array([item.time_ms for item in items], np.int64),
        np.array([item.amount for item in items], np.float64),
        np.array(
            [number_of[(i.text, i.scale, i.vector, i.encoder != partition.encoder)] for i in items], np.int32
        ),
        np.array([code_of[item.kind] for item in items], np.int32),
        np.array([item.slot for item in items], np.int32),
        vectors,
        np.array([scale for _, scale, _, _ in texts], np.float32),
        np.array([stale for *_, stale in texts], np.uint8),
        kind_codes(partition.policy, kinds),
        np.frombuffer(bytes(label_blocks), np.uint8),
    ]  # fmt: skip
    block = UsersBlock(
        len(states),
        addressof(heads),
        *(each.block for each in joined),
        *(address(each) for each in arrays),
    )
    if states:
        kernel().segue_put(partition.handle, byref(block))
    for user, head in zip(states, heads, strict=True):
        (partition.stale.add if head.flags & STALE else partition.stale.discard)(user)


def _head(partition: PartitionState, user: str, state: UserState) -> UserBlock:
    membership, symbols, policy = state.membership, partition.symbols, partition.policy
    pin = matching_pin(state.traits, policy.pin)
    stale = any(item.encoder != partition.encoder for item in state.items)
    return UserBlock(
        since_ms=membership.since_ms,
        candidate_since_ms=membership.candidate_since_ms,
        sampled_ms=state.sampled_ms,
        offset=state.offset,
        sequence=membership.sequence,
        n_events=state.n_events,
        segment=symbols.number(membership.segment),
        candidate=symbols.optional(membership.candidate),
        pinned_by=symbols.optional(membership.pinned_by),
        pin=NONE if pin is None else policy.pin.index(pin),
        flags=CONSENTS * has_consent(state.traits, policy.consent) | STALE * stale,
    )


def _optional(partition: PartitionState, value: str | None) -> int:
    return NONE if value is None else partition.symbols.number(value)


def _check(partition: PartitionState, user: str, state: UserState) -> None:
    items, membership = state.items, state.membership
    times = [membership.since_ms, membership.candidate_since_ms, state.sampled_ms]
    if not all(abs(time) <= TIME_MAX for time in chain(times, (item.time_ms for item in items))):
        raise ValueError(f"a time of user {user!r} is beyond {TIME_MAX} ms")
    if len(items) > partition.policy.window_items:
        raise ValueError(f"user {user!r} has {len(items)} items, a window holds {partition.policy.window_items}")
    if len({item.slot for item in items}) < len(items) or not all(0 <= item.slot < 255 for item in items):
        raise ValueError(f"the slots of user {user!r} are not distinct and within 0 to 254")
    if any(len(item.vector) != partition.dimension for item in items):
        raise ValueError(f"a vector of user {user!r} has not {partition.dimension} dimensions")
    lengths: Sequence[int] = [len(user.encode()), len(state.traceparent.encode())]
    if max(chain(lengths, (len(item.id.encode()) for item in items))) > _BYTES_MAX or len(state.labels) > 255:
        raise ValueError(f"a name, an id or a label of user {user!r} is too long")
    if list(map(_order, items)) != sorted(map(_order, items)):
        raise ValueError(f"the items of user {user!r} are not in order of time and id")


def _order(item: StoredItem) -> tuple[int, bytes]:
    return item.time_ms, item.id.encode()
