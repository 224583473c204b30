"""Records of a partition as a segmenter takes them: decoded into columns, with arrivals, placement and traces.

Each step is over the whole batch. Rare cases, such as a time out of bounds or a new user, are looked at by row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.core.records import Op, Records
from stream.jobs.arrival import Arrivals
from stream.wire.event_decoder import EventDecoder
from stream.wire.placement import Placement
from stream.wire.records import ConsumerRecord
from stream.wire.trace_context import read_traceparent

Known = Callable[[list[bytes]], NDArray[np.bool_]]  # of users: which have a state

_NAMES_A_USER = np.array([op in (Op.EVENT, Op.DECLARATION, Op.ERASURE) for op in Op])


@dataclass(frozen=True, slots=True)
class Received:
    """Records of a partition, undecoded and as columns; `n_wrong_times` did not arrive at their timestamps."""

    raws: Sequence[ConsumerRecord]
    records: Records
    n_wrong_times: int


def receive(
    raws: Sequence[ConsumerRecord],
    decoder: EventDecoder,
    arrivals: Arrivals,
    placement: Placement,
    known: Known,
    traced: bool,
) -> Received:
    """Return the columns of records. Only users without a state here can be in the wrong partition."""
    records = decoder.decode_batch(raws)
    timestamps_ms = records.arrivals_ms
    records.arrivals_ms = arrivals.arrivals_ms(raws, timestamps_ms)
    _place(records, raws, placement, known)
    if traced and any(raw.headers for raw in raws):
        records.traceparents = [read_traceparent(raw.headers) if raw.headers else "" for raw in raws]
    return Received(raws, records, int(np.count_nonzero(records.arrivals_ms != timestamps_ms)))


def _place(records: Records, raws: Sequence[ConsumerRecord], placement: Placement, known: Known) -> None:
    """Replace the content of records of users of other partitions."""
    new = np.flatnonzero(_NAMES_A_USER[records.ops] & ~known(records.users)).tolist()
    if not new:
        return
    homes = placement.homes([records.users[row] for row in new])
    for row, home in zip(new, homes.tolist(), strict=True):
        if home != raws[row].partition:
            records.put(row, placement.elsewhere(raws[row], home))
