"""Checks of what a step is given: the kernel reads these arrays without asking again."""

from __future__ import annotations

import numpy as np

from stream.core.encoder import Encoder
from stream.core.partition import PartitionState
from stream.core.policy import Policy
from stream.core.records import Op, Records
from stream.core.user_columns import BYTES_MAX, TIME_MAX


def check_records(records: Records) -> None:
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


def check_worker(partition: PartitionState, encoder: Encoder, policy: Policy) -> None:
    """Raise ValueError for another encoder or policy than that of the partition: its arrays are made for these."""
    if (encoder.version, encoder.dimension) != (partition.encoder, partition.dimension):
        raise ValueError(
            f"the partition has vectors of encoder {partition.encoder} with {partition.dimension} dimensions, "
            f"the step has encoder {encoder.version} with {encoder.dimension}"
        )
    if policy is not partition.policy and policy != partition.policy:
        raise ValueError("the step has another policy than the partition")
