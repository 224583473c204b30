"""Reconciliation: what the endpoint acknowledged, compared with the members by the whole topic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

from stream.kafka.connection import Connection
from stream.kafka.reader import reading
from stream.sink.ledger import Ledger
from stream.sink.ledger_view import Entry, LedgerView, viewing
from stream.sink.setup import SinkSetup
from stream.sink.tables import Told
from stream.wire.topics import USER_SEGMENTS

_BATCH = 5_000


class DifferenceKind(StrEnum):
    """A kind of difference."""

    NOT_ENTERED = "not_entered"  # a member whose entry is not acknowledged
    NOT_EXITED = "not_exited"  # no member, and the exit is not acknowledged


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between topic and endpoint; `told` is what the endpoint knows of the user."""

    user: str
    segment: str
    difference: DifferenceKind
    told: Told


def find_differences(setup: SinkSetup, tell: Callable[[int, int], object]) -> list[Difference]:
    """Read the whole topic, and compare it with the ledger, which a sink may write meanwhile.

    `tell` is called with the records read and their number. Raise BrokerError or TopicsError for a cluster or a topic
    that cannot be read, SinkError or StoreError for the ledger.
    """
    with viewing(setup.ledger) as told, TemporaryDirectory(prefix="segue-verify-") as folder:
        path = Path(folder) / "members.sqlite"
        with closing(Ledger(path, "", setup.gate)) as members:
            _read_all(setup.connection, members, tell)
            members.expire(int(time() * 1000))
            small = {audience for audience, n in members.sizes().items() if n < setup.policy.sink_min_audience}
            with viewing(path) as now:
                return list(compare(now, told, small))


def _read_all(connection: Connection, members: Ledger, tell: Callable[[int, int], object]) -> None:
    with reading(connection, USER_SEGMENTS) as reader:
        n_read, n_all = 0, sum(end - reader.starts[where] for where, end in reader.ends.items())
        records = reader.to_end()
        while batch := list(islice(records, _BATCH)):
            members.apply(batch, {})
            n_read += len(batch)
            tell(n_read, n_all)


def compare(now: LedgerView, told: LedgerView, small: set[str]) -> Iterator[Difference]:
    """Yield the differences between the members by the topic and a ledger; `small` audiences have none to enter."""
    known = {(entry.user, entry.audience): entry.told for entry in told.entries()}
    for entry in now.entries():
        has = known.pop(_key(entry), Told.NOTHING)
        if has != Told.ENTERED and entry.audience not in small:
            yield Difference(entry.user, entry.audience, DifferenceKind.NOT_ENTERED, has)
    for (user, audience), has in known.items():
        if has != Told.NOTHING:
            yield Difference(user, audience, DifferenceKind.NOT_EXITED, has)


def _key(entry: Entry) -> tuple[str, str]:
    return entry.user, entry.audience
