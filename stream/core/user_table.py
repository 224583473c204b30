"""Users of a partition in the kernel's memory, found by name and read as values."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping, Sequence
from ctypes import byref, c_uint64
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from stream.core.event import NO_TRAITS, Scalar
from stream.core.kernel.binding import Joined, address, kernel
from stream.core.kernel.blocks import Block, TextValue, read_block, read_head, read_text
from stream.core.kernel.layout import PADDED, STALE
from stream.core.labels import NOTHING_PUBLISHED, PublishedLabel
from stream.core.policy import Policy
from stream.core.state import StoredItem, UserState
from stream.core.symbols import Symbols
from stream.core.traits_bytes import read_traits
from stream.core.transition import MembershipState

_ROOM = 16_384  # bytes for strings: a window's, nearly always


class UserTable:
    """A table of a partition's users; `rows` number them.

    `encoder` is the version of the encoder of `dimension` dimensions. `stale` are the users with texts to encode again.
    """

    def __init__(self, policy: Policy, dimension: int, encoder: str) -> None:
        self.policy, self.dimension, self.encoder = policy, dimension, encoder
        self.width = -(-dimension // PADDED) * PADDED
        self.handle: int = kernel().segue_partition(dimension)
        weakref.finalize(self, kernel().segue_free, self.handle)
        self.symbols = Symbols(self.handle)
        self.stale: set[str] = set()

    def __len__(self) -> int:
        return int(kernel().segue_n_users(self.handle))

    def __contains__(self, user: str) -> bool:
        return bool(self.rows([user.encode()])[0] >= 0)

    def rows(self, users: Sequence[bytes]) -> NDArray[np.int64]:
        """Return the row of each user, negative for one without a state."""
        names, rows = Joined(users), np.empty(len(users), np.int64)
        kernel().segue_find(self.handle, byref(names.block), address(rows))
        return rows

    def known(self, users: Sequence[bytes]) -> NDArray[np.bool_]:
        """Return which users have a state."""
        return self.rows(users) >= 0

    def names(self) -> list[str]:
        """Return the users."""
        return [block.name.decode() for block in self.blocks()]

    def blocks(self) -> Iterable[Block]:
        """Yield the block of every user."""
        for row in range(kernel().segue_n_rows(self.handle)):
            if at := kernel().segue_user(self.handle, row):
                yield read_block(at)

    def user(self, user: str) -> UserState | None:
        """Return the state of a user; None for an unknown one."""
        row = int(self.rows([user.encode()])[0])
        return None if row < 0 else self.state_of(read_block(kernel().segue_user(self.handle, row)))

    def traits(self, user: bytes) -> Mapping[str, Scalar] | None:
        """Return the declared traits of a user; None without a state."""
        row = int(self.rows([user])[0])
        return None if row < 0 else read_traits(read_block(kernel().segue_user(self.handle, row)).traits)

    def users(self) -> Iterable[tuple[str, UserState]]:
        """Yield every user with its state."""
        for block in self.blocks():
            yield block.name.decode(), self.state_of(block)

    def block(self, row: int) -> Block | None:
        """Return the block of a row; None for a free row."""
        at = kernel().segue_user(self.handle, row)
        return read_block(at) if at else None

    def is_stale(self, row: int) -> bool:
        """Return True if the texts of the user in a row are to be encoded again."""
        at = kernel().segue_user(self.handle, row)
        return bool(at and read_head(at).flags & STALE)

    def text(self, number: int, is_kind: bool = False) -> TextValue:
        """Return a text, or a kind, by its number."""
        at = c_uint64()
        kernel().segue_text(self.handle, number, is_kind, byref(at))
        return read_text(at.value, 0 if is_kind else self.width)

    def strings(self, numbers: Sequence[int], is_kind: bool = False) -> list[str]:
        """Return the strings of texts, or of kinds, by their numbers."""
        wanted, ends = np.array(numbers, np.uint32), np.empty(len(numbers), np.int64)
        room = np.empty(_ROOM, np.uint8)
        while True:
            given = address(wanted), len(wanted), is_kind, address(room), len(room), address(ends)
            size = int(kernel().segue_strings(self.handle, *given))
            if size <= len(room):
                break
            room = np.empty(size, np.uint8)
        data, places = room[:size].tobytes(), [0, *ends.tolist()]
        return [data[start:end].decode() for start, end in pairwise(places)]

    def state_of(self, block: Block) -> UserState:
        """Return the state in a block of this partition."""
        return UserState(
            items=tuple(self._item(block, at) for at in range(len(block.items))),
            membership=self.membership_of(block),
            traits=read_traits(block.traits) if block.traits else NO_TRAITS,
            labels=self._labels(block) or NOTHING_PUBLISHED,
            n_events=block.head.n_events,
            sampled_ms=block.head.sampled_ms,
            offset=block.head.offset,
            traceparent=block.trace.decode(),
        )

    def membership_of(self, block: Block) -> MembershipState:
        """Return the membership in a block."""
        head, string = block.head, self.symbols.string
        return MembershipState(
            segment=string(head.segment) or "",
            since_ms=head.since_ms,
            candidate=string(head.candidate),
            candidate_since_ms=head.candidate_since_ms,
            sequence=head.sequence,
            pinned_by=string(head.pinned_by) or "",
        )

    def _item(self, block: Block, at: int) -> StoredItem:
        item, text = block.items[at], self.text(block.items[at].text)
        return StoredItem(
            id=block.ids[at].decode(),
            kind=self.text(item.kind, is_kind=True).text,
            text=text.text,
            time_ms=item.time_ms,
            amount=item.amount,
            scale=text.scale,
            vector=text.vector[: self.dimension],
            slot=item.slot,
            encoder="" if text.stale else self.encoder,
        )

    def _labels(self, block: Block) -> dict[str, PublishedLabel]:
        string = self.symbols.string
        return {
            string(each.name) or "": PublishedLabel(string(each.value), string(each.pending), each.since_ms)
            for each in block.labels
        }
