"""Records of a backfill: its progress in the state changelog, and its waiting samples in the trainer's changelog.

    key                      value
    b                        BackfillRecord, in every partition; `n_done` and what follows count in partition 0
    w <number, 8 bytes>      a sample that waits for a training step, as on `profile-sample`

No worker begins over an unfinished backfill: its state is that of half a past.
"""

from __future__ import annotations

import msgspec

FORMAT = 1
BACKFILL_KEY = b"b"
WAITING_PREFIX = b"w"


class UnfinishedBackfillError(RuntimeError):
    """A state of half a past; the backfill goes on, or begins again."""


class RefusedEvents(msgspec.Struct, array_like=True, frozen=True):
    """Events refused for one reason: how many, and what was wrong with the first."""

    n: int
    example: str


class BackfillRecord(msgspec.Struct, array_like=True, frozen=True):
    """A backfill: its source and settings, the times and offsets fixed at its beginning, and its progress.

    Events before `since_ms` are left out, those after `now_ms` do not count as time, and `shift_ms` is added to every
    time. `bounds` are the offsets `[first, end)` of each partition of a source topic, empty for a file. Workers begin
    at `live_from`, by partition.
    """

    format: int
    source: str
    source_digest: str
    settings_digest: str
    now_ms: int
    shift_ms: int
    bounds: tuple[tuple[int, int], ...]
    live_from: tuple[int, ...]
    n_events: int
    since_ms: int = 0
    is_finished: bool = False
    n_done: int = 0
    n_samples: int = 0
    outcomes: dict[str, int] = {}
    refused: dict[str, RefusedEvents] = {}


encode_backfill = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(BackfillRecord).decode


def decode_backfill(value: bytes) -> BackfillRecord:
    """Return the record. Raises UnfinishedBackfillError for one of a newer Segue."""
    parts = msgspec.msgpack.decode(value, type=list[msgspec.Raw])
    found = msgspec.msgpack.decode(parts[0], type=int) if parts else 0
    if found != FORMAT:
        raise UnfinishedBackfillError(f"the backfill has records of format {found}, this Segue knows {FORMAT}: upgrade")
    return _decode(value)


def waiting_key(number: int) -> bytes:
    """Return the key of a waiting sample by its number."""
    return WAITING_PREFIX + number.to_bytes(8, "big")


def check_finished(record: BackfillRecord | None) -> None:
    """Raise UnfinishedBackfillError for a backfill that has not ended."""
    if record is not None and not record.is_finished:
        raise UnfinishedBackfillError(
            f"the backfill of {record.source} has not ended, so the state here is that of half a past: run the same "
            "`segue backfill` again, which goes on, and start workers after it"
        )
