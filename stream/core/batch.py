"""A batch of records as the kernel reads it: texts as vectors, kinds as codes, declarations as traits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream.core.batch_checks import check_records, check_worker
from stream.core.batch_texts import BatchTexts, encoded_texts, numbered
from stream.core.deciding import kind_codes
from stream.core.declared import Declared, Rejects, declared_in
from stream.core.encoder import Encoder
from stream.core.event import Rejected
from stream.core.kernel.binding import Joined, address
from stream.core.kernel.step_layout import BatchBlock
from stream.core.partition import PartitionState
from stream.core.policy import Policy
from stream.core.records import Op, Records
from stream.core.user_columns import TIME_MAX


@dataclass(slots=True)
class Batch:
    """A batch ready for the kernel: `block` points into the arrays in `kept`.

    Items of the step refer to `texts` and to `kinds` by number. `rejected` has rejections by row, those of the decoder
    and those of traits that are too many.
    """

    block: BatchBlock
    texts: BatchTexts
    kinds: list[str]
    rejected: Rejects
    kept: list[Any] = field(default_factory=list)

    def set_strings(self, **columns: list[bytes]) -> None:
        """Set columns of strings by their names in the kernel."""
        for name, strings in columns.items():
            joined = Joined(strings)
            setattr(self.block, name, joined.block)
            self.kept.append(joined)

    def set_arrays(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Set columns of numbers by their names in the kernel."""
        for name, array in arrays.items():
            setattr(self.block, name, address(array))
        self.kept.append(arrays)


def batch_of(
    records: Records,
    partition: PartitionState,
    encoder: Encoder,
    policy: Policy,
    until_ms: int,
    evaluated: Iterable[str],
) -> Batch:
    """Return the batch of some records, with every text encoded. Raise ValueError for columns that do not fit."""
    check_records(records)
    check_worker(partition, encoder, policy)
    declared, too_large = declared_in(records, partition, policy)
    rejected = Rejects({row: each for row, each in records.contents.items() if isinstance(each, Rejected)} | too_large)
    texts = encoded_texts(records, partition, encoder, policy, until_ms)
    kinds, kind_of = numbered(records.kinds)
    rows = partition.rows([user.encode() for user in evaluated])
    block = BatchBlock(n=len(records), until_ms=min(until_ms, TIME_MAX))
    batch = Batch(block, texts, kinds, rejected)
    block.encoder = encoder.version.encode()
    block.now_ms = partition.now_ms
    block.n_again, block.n_evaluated = len(texts.again), int(np.count_nonzero(rows >= 0))
    numbers: dict[str, NDArray[Any]] = {
        "kind_of": kind_of,
        "codes": kind_codes(policy, kinds),
        "evaluated": rows[rows >= 0].astype(np.uint32),
    }
    batch.set_arrays(_record_columns(records, too_large) | texts.columns() | numbers)
    _set_strings(batch, records)
    _set_declared(batch, declared, len(records))
    return batch


def _record_columns(records: Records, too_large: Rejects) -> dict[str, NDArray[Any]]:
    ops = records.ops.copy()
    ops[list(too_large)] = Op.REJECTED
    return {
        "ops": ops,
        "offsets": np.ascontiguousarray(records.offsets, np.int64),
        "arrivals_ms": np.ascontiguousarray(records.arrivals_ms, np.int64),
        "times_ms": np.ascontiguousarray(records.times_ms, np.int64),
        "amounts": np.ascontiguousarray(records.amounts, np.float64),
    }


def _set_strings(batch: Batch, records: Records) -> None:
    batch.set_strings(
        users=records.users,
        ids=records.ids,
        texts=list(map(str.encode, batch.texts.texts)),
        kinds=list(map(str.encode, batch.kinds)),
    )
    if records.traceparents:
        batch.set_strings(traces=list(map(str.encode, records.traceparents)))


def _set_declared(batch: Batch, declared: dict[int, Declared], n: int) -> None:
    if not declared:
        return
    rows = list(declared.values())
    declared_of = np.zeros(n, np.int32)
    declared_of[list(declared)] = np.arange(len(rows))
    batch.set_strings(traits=[each.traits for each in rows])
    batch.set_arrays(
        {
            "declared_of": declared_of,
            "pins": np.array([each.pin for each in rows], np.int16),
            "consents": np.array([each.consents for each in rows], np.uint8),
            "is_new": np.array([each.is_new for each in rows], np.uint8),
        }
    )
