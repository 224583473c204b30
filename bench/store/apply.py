"""Records a second into a store, in transactions of 5,000, beside decoding the same records only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from bench.harness.part import Part
from bench.store.records import batches, published
from stream.kafka.reader import Read
from stream.store.rows.values import change_fields, membership_fields
from stream.store.writer import StoreWriter
from stream.wire.topics import SEGMENT_CHANGES

_BATCH = 5_000


@dataclass(frozen=True)
class Sizes:
    """Users, and rounds of one change of each user."""

    n_users: int
    n_rounds: int


@dataclass(frozen=True)
class Row:
    """Records of a kind with the CPU time of one, and how many times that of decoding it."""

    what: str
    n_records: int
    records_per_s: float
    us_per_record: float
    times: float


def measure(sizes: Sizes) -> list[Row]:
    """Return decoding, then the rounds: in the first one every user is new."""
    reads = list(published(sizes.n_users, range(1)))
    decode_us = _us(_decode, reads)
    rows = [_row("decode only", len(reads), decode_us, decode_us)]
    with TemporaryDirectory() as folder:
        writer = StoreWriter(Path(folder) / "store.db")
        for at in range(sizes.n_rounds):
            part = [_at(read, at, sizes.n_users) for read in published(sizes.n_users, range(at, at + 1), seed=at)]
            what = "apply, new users" if at == 0 else f"apply, change {at + 1} of each user"
            rows.append(_row(what, len(part), _us(lambda some: _apply(writer, some), part), decode_us))
        writer.close()
    return rows


def _at(read: Read, at: int, n_users: int) -> Read:
    return read._replace(offset=read.offset + at * n_users)


def _decode(reads: Iterable[Read]) -> None:
    for read in reads:
        (change_fields if read.topic == SEGMENT_CHANGES else membership_fields)(read)


def _apply(writer: StoreWriter, reads: list[Read]) -> None:
    for batch in batches(iter(reads), _BATCH):
        writer.apply(batch)


def _us(work: Callable[[list[Read]], None], reads: list[Read]) -> float:
    began_s = process_time()
    work(reads)
    return (process_time() - began_s) / len(reads) * 1e6


def _row(what: str, n: int, us: float, decode_us: float) -> Row:
    return Row(what, n, 1e6 / us, us, us / decode_us)


PART = Part(
    title="Records into a store, CPU time of one core",
    aim="reported",
    full=Sizes(n_users=100_000, n_rounds=3),
    quick=Sizes(n_users=5_000, n_rounds=2),
    measure=measure,
)
