"""Pasts of users as they follow from all records of a partition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from stream.core.event import Record
from stream.core.policy import Policy
from stream.core.serving import Serving, ServingVersions
from stream.explain.past import PartitionClock, Past, Place, in_one_log
from stream.wire.state_records import SwitchRecord
from tests.core.cores import Taken
from tests.specification.timeline import record_time_ms


def past_of(user: str, records: Sequence[Record], steps: Iterable[Taken], policy: Policy) -> Past:
    """The past of a user from all records of the partition, and from the switches of the steps."""
    clock, own, last = PartitionClock(), list[Record](), Place(-1, 0)
    for record in records:
        clock.advance(record.offset, record_time_ms(record, policy))
        if getattr(record.content, "user", None) == user:
            own.append(replace(record, arrival_ms=clock.now_ms))
    switches: dict[Place, SwitchRecord] = {}  # of two at one place the later one counts
    for done in steps:
        if found := done.switch:
            at = Place(found.offset, found.now_ms)
            switches[at] = SwitchRecord(found.now_ms, found.offset, found.serving)
        last = Place(done.offset, done.now_ms)
    return Past(own, in_one_log(list(switches.values())), last)


def models_by_versions(servings: Iterable[Serving | None]) -> Mapping[ServingVersions, Serving]:
    """Every serving by its versions."""
    return {serving.versions: serving for serving in servings if serving is not None}
