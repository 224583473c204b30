"""A batch of records as the kernel reads it: texts as vectors, kinds as codes, declarations as traits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Vectors
from stream.core.deciding import kind_codes
from stream.core.declared import Declared, Rejects, declared_in
from stream.core.encoder import Encoder
from stream.core.event import Content, Event, Rejected
from stream.core.kernel.binding import Joined, address
from stream.core.kernel.layout import BatchBlock, Strings
from stream.core.partition import PartitionState
from stream.core.policy import Clock, Policy
from stream.core.profile import quantise
from stream.core.records import Op, Records
from stream.core.user_columns import BYTES_MAX, TIME_MAX

_NO_STRINGS = Strings(0, 0, 0)


@dataclass(slots=True)
class Batch:
    """A batch ready for the kernel: `block` points into the arrays in `kept`.

    `texts` and `kinds` are distinct; items of the step refer to them by number. `rejected` has rejections by row,
    those of the decoder and those of traits that are too many.
    """

    block: BatchBlock
    texts: list[str]
    kinds: list[str]
    rejected: Rejects
    kept: list[Any] = field(default_factory=list)


def batch_of(
    records: Records,
    partition: PartitionState,
    encoder: Encoder,
    policy: Policy,
    until_ms: int,
    evaluated: Iterable[str],
) -> Batch:
    """Return the batch of some records, with every text encoded. Raise ValueError for columns that do not fit."""
    check(records)
    _check_worker(partition, encoder, policy)
    declared, too_large = declared_in(records, partition, policy)
    ops = records.ops.copy()
    ops[list(too_large)] = Op.REJECTED
    rejected = Rejects({row: each for row, each in records.contents.items() if isinstance(each, Rejected)} | too_large)
    again = _texts_again(records, partition, policy, until_ms)
    is_unread = _unread(records, partition, policy)
    texts, text_of = _distinct(["", *records.texts, *again.values()], is_unread)
    kinds, kind_of = _distinct([*records.kinds], None)
    vectors, scales = _encoded(texts, encoder, partition.width)
    n, rows = len(records), partition.rows([user.encode() for user in evaluated])
    names, ids = Joined(records.users), Joined(records.ids)
    traces = Joined([trace.encode() for trace in records.traceparents]) if records.traceparents else None
    joined_texts, joined_kinds = Joined([t.encode() for t in texts]), Joined([k.encode() for k in kinds])
    batch = Batch(BatchBlock(), texts, kinds, rejected, [names, ids, traces, joined_texts, joined_kinds])
    arrays: dict[str, NDArray[Any]] = {
        "ops": ops,
        "offsets": np.ascontiguousarray(records.offsets, np.int64),
        "arrivals_ms": np.ascontiguousarray(records.arrivals_ms, np.int64),
        "times_ms": np.ascontiguousarray(records.times_ms, np.int64),
        "amounts": np.ascontiguousarray(records.amounts, np.float64),
        "text_of": text_of[1 : n + 1].copy(),
        "kind_of": kind_of,
        "vectors": vectors,
        "scales": scales,
        "codes": kind_codes(policy, kinds),
        "again": np.array(list(again), np.uint32),
        "again_text": text_of[n + 1 :].astype(np.uint32),
        "evaluated": rows[rows >= 0].astype(np.uint32),
        **_declared_columns(declared, n, batch),
    }
    block = batch.block
    block.n, block.until_ms, block.offset, block.now_ms = n, min(until_ms, TIME_MAX), partition.offset, partition.now_ms
    block.users, block.ids, block.texts, block.kinds = names.block, ids.block, joined_texts.block, joined_kinds.block
    block.traces = traces.block if traces else _NO_STRINGS
    block.n_again, block.n_evaluated = len(arrays["again"]), len(arrays["evaluated"])
    for name, array in arrays.items():
        setattr(block, name, address(array))
    batch.kept.append(arrays)
    return batch


def check(records: Records) -> None:
    """Raise ValueError for columns of different lengths, or with times, amounts or names that cannot be."""
    n = len(records.users)
    columns = (records.offsets, records.arrivals_ms, records.ops, records.ids, records.kinds, records.texts)
    if any(len(column) != n for column in (*columns, records.times_ms, records.amounts)):
        raise ValueError(f"the columns of {n} records have different lengths")
    if len(records.traceparents) not in (0, n):
        raise ValueError(f"{n} records have {len(records.traceparents)} trace contexts")
    if any(len(trace.encode()) > BYTES_MAX for trace in set(records.traceparents)):
        raise ValueError(f"a trace context has more than {BYTES_MAX:,} bytes")
    if n == 0:
        return
    for times in (records.times_ms, records.arrivals_ms, records.offsets):
        if int(np.min(times)) < -TIME_MAX or int(np.max(times)) > TIME_MAX:
            raise ValueError(f"a time or an offset is beyond {TIME_MAX}")
    if int(np.max(records.ops)) > Op.REJECTED:
        raise ValueError("an operation is none of Op")
    if not np.isfinite(records.amounts).all():
        raise ValueError("an amount is not a finite number")
    if max(map(len, records.users)) > BYTES_MAX or max(map(len, records.ids)) > BYTES_MAX:
        raise ValueError(f"a user or an id has more than {BYTES_MAX:,} bytes")
    if not set(np.nonzero(records.ops)[0].tolist()) <= records.contents.keys():
        raise ValueError("a row that is no event has no content")


def _check_worker(partition: PartitionState, encoder: Encoder, policy: Policy) -> None:
    """Raise ValueError for another encoder or policy than that of the partition: its arrays are made for these."""
    if (encoder.version, encoder.dimension) != (partition.encoder, partition.dimension):
        raise ValueError(
            f"the partition has vectors of encoder {partition.encoder} with {partition.dimension} dimensions, "
            f"the step has encoder {encoder.version} with {encoder.dimension}"
        )
    if policy is not partition.policy and policy != partition.policy:
        raise ValueError("the step has another policy than the partition")


def _distinct(strings: list[str], is_unread: NDArray[np.bool_] | None) -> tuple[list[str], NDArray[np.int32]]:
    """Return the distinct strings, and the number of each; texts that are not to be read become the empty one."""
    if is_unread is not None and is_unread.any():
        n = len(is_unread)
        strings = ["", *("" if skip else s for skip, s in zip(is_unread, strings[1:], strict=False)), *strings[n + 1 :]]
    number_of = dict.fromkeys(strings)
    for number, string in enumerate(number_of):
        number_of[string] = number
    numbers = np.fromiter(map(number_of.__getitem__, strings), np.int32, len(strings))
    return list(number_of), numbers


def _encoded(texts: Sequence[str], encoder: Encoder, width: int) -> tuple[NDArray[np.int8], Vectors]:
    """Return the padded int8 vectors and scales; the first text is the empty one, whose vector is zero."""
    vectors, scales = np.zeros((len(texts), width), np.int8), np.zeros(len(texts), np.float32)
    if len(texts) > 1:
        encoded = encoder.encode(texts[1:])
        if encoded.shape != (len(texts) - 1, encoder.dimension) or not np.isfinite(encoded).all():
            raise ValueError(f"encoder {encoder.version} made vectors that are not finite or not of its dimension")
        vectors[1:, : encoder.dimension], scales[1:] = quantise(encoded)
    return vectors, scales


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


def _declared_columns(declared: dict[int, Declared], n: int, batch: Batch) -> dict[str, NDArray[Any]]:
    if not declared:
        return {}
    rows = list(declared.values())
    declared_of = np.zeros(n, np.int32)
    declared_of[list(declared)] = np.arange(len(rows))
    traits = Joined([each.traits for each in rows])
    batch.block.traits = traits.block
    batch.kept.append(traits)
    return {
        "declared_of": declared_of,
        "pins": np.array([each.pin for each in rows], np.int16),
        "consents": np.array([each.consents for each in rows], np.uint8),
        "is_new": np.array([each.is_new for each in rows], np.uint8),
    }


def content_at(records: Records, row: int) -> Content:
    """Return the content of a row as a value."""
    if records.ops[row] != Op.EVENT:
        return records.contents[row]
    user, event_id = records.users[row].decode(), records.ids[row].decode()
    return Event(
        user, event_id, records.kinds[row], int(records.times_ms[row]), records.texts[row],
        float(records.amounts[row]), records.ignored.get(row, ()),
    )  # fmt: skip
