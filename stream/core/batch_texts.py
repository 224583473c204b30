"""The texts of a batch, each once and with its vector: those of its records, and those to encode again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Vectors
from stream.core.encoder import Encoder
from stream.core.partition import PartitionState
from stream.core.policy import Clock, Policy
from stream.core.records import Op, Records
from stream.core.stored_texts import stored_texts


@dataclass(frozen=True, slots=True)
class BatchTexts:
    """Distinct `texts` with padded `vectors` and `scales`, the empty one first, whose vector is zero.

    `text_of` are the numbers of the records' texts. The texts `again` of the partition become `again_text`.
    """

    texts: list[str]
    vectors: NDArray[np.int8]
    scales: Vectors
    text_of: NDArray[np.int32]
    again: NDArray[np.uint32]
    again_text: NDArray[np.uint32]

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by their names in the kernel."""
        names = ("vectors", "scales", "text_of", "again", "again_text")
        return {name: getattr(self, name) for name in names}


def encoded_texts(
    records: Records, partition: PartitionState, encoder: Encoder, policy: Policy, until_ms: int
) -> BatchTexts:
    """Return the texts that a step may need. Raise ValueError for vectors that do not fit."""
    n, texts = len(records), records.texts
    is_unread = _unread(records, partition, policy)
    if is_unread is not None and is_unread.any():
        texts = ["" if skip else text for skip, text in zip(is_unread.tolist(), texts, strict=True)]
    again = _texts_again(records, partition, policy, until_ms)
    distinct, numbers = numbered(["", *texts, *again.values()])
    vectors, scales = stored_texts(encoder, partition.width).vectors(distinct)
    return BatchTexts(
        distinct,
        vectors,
        scales,
        numbers[1 : n + 1].copy(),
        np.array(list(again), np.uint32),
        numbers[n + 1 :].astype(np.uint32),
    )


def numbered(strings: Sequence[str]) -> tuple[list[str], NDArray[np.int32]]:
    """Return the distinct strings in the order of their first places, and the number of each."""
    number_of = dict.fromkeys(strings, 0)
    for number, string in enumerate(number_of):
        number_of[string] = number
    return list(number_of), np.fromiter(map(number_of.__getitem__, strings), np.int32, len(strings))


def _unread(records: Records, partition: PartitionState, policy: Policy) -> NDArray[np.bool_] | None:
    """Return the rows of events that consent cannot admit: their users have neither a state nor a declaration."""
    if not policy.consent:
        return None
    declaring = {records.users[row] for row in np.nonzero(records.ops == Op.DECLARATION)[0].tolist()}
    is_new = partition.rows(records.users) < 0
    return np.asarray(is_new & np.array([user not in declaring for user in records.users], bool))


def _texts_again(records: Records, partition: PartitionState, policy: Policy, until_ms: int) -> dict[int, str]:
    """Return the texts of stale windows that the step may meet, by their number in the partition."""
    if not partition.stale:
        return {}
    end_ms = max(partition.now_ms, until_ms, _proven_ms(records, policy))
    rows = {*partition.rows(records.users).tolist(), *partition.due_rows(end_ms)} - {-1}
    found = dict[int, str]()
    for row in sorted(rows):
        block = partition.block(row) if partition.is_stale(row) else None
        for item in block.items if block else ():
            text = partition.text(item.text)
            if text.stale:
                found[item.text] = text.text
    return found


def _proven_ms(records: Records, policy: Policy) -> int:
    if not len(records):
        return 0
    if policy.clock is Clock.WALL:
        return int(records.arrivals_ms.max())
    return int(np.where(records.ops == Op.EVENT, records.times_ms + 1, 0).max())
