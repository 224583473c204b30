"""Pasts of users as they follow from all records of a partition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from stream.core.event import Record
from stream.core.outcome import Step
from stream.core.policy import Policy
from stream.core.serving import Serving, ServingVersions
from stream.core.timeline import record_time_ms
from stream.explain.past import PartitionClock, Past, Place, in_one_log
from stream.wire.state_records import SWITCH_PREFIX, decode_switch, puts


def past_of(user: str, records: Sequence[Record], steps: Iterable[Step], policy: Policy) -> Past:
    """The past of a user from all records of the partition, and from what the steps put into the changelog."""
    clock, own, last = PartitionClock(), list[Record](), Place(-1, 0)
    for record in records:
        clock.advance(record.offset, record_time_ms(record, policy))
        if getattr(record.content, "user", None) == user:
            own.append(replace(record, arrival_ms=clock.now_ms))
    written: dict[bytes, bytes | None] = {}
    for done in steps:
        written |= {put.key: put.value for put in puts(done, "", 1) if put.key[:1] == SWITCH_PREFIX}
        last = Place(done.offset, done.now_ms)
    return Past(own, in_one_log([decode_switch(value) for value in written.values() if value]), last)


def models_by_versions(servings: Iterable[Serving | None]) -> Mapping[ServingVersions, Serving]:
    """Every serving by its versions."""
    return {serving.versions: serving for serving in servings if serving is not None}
