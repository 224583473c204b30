"""Time to decode a batch of messages into columns, beside one message at a time, and beside msgspec alone.

Streams are drawn once. In each round all three take a batch in turn, and the fastest round of each counts. "alone" is
`decode_json` of each message, which a batch must equal in every row; "msgspec" reads the same fields into structs and
applies no rule.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from time import thread_time
from typing import Any

import msgspec

from bench.harness.part import Part
from stream.formats.decoder import FormatDecoder
from stream.wire.calls import Flat, Track
from stream.wire.fields import Fields
from stream.wire.json_events import decode_json
from stream.wire.records import ConsumerRecord
from stream.wire.topics import USER_EVENTS

_START_MS = 1_700_000_000_000
_N_TEXTS = 3_400  # as products of the demo
_PAGE = {"path": "/products", "referrer": "", "title": "Games", "url": "https://www.example.com/products?page=2"}
_CONTEXT = {"ip": "8.8.8.8", "userAgent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0", "page": _PAGE}

_flat = msgspec.json.Decoder(Flat)
_track = msgspec.json.Decoder(Track)


@dataclass(frozen=True)
class Sizes:
    """Messages a batch, and rounds."""

    n_messages: int
    n_rounds: int


@dataclass(frozen=True)
class Row:
    """A stream, bytes of a message, and microseconds of CPU a message; `ratio` is of alone to batch."""

    stream: str
    n_bytes: int
    alone_us: float
    batch_us: float
    msgspec_us: float
    ratio: float


def measure(sizes: Sizes) -> list[Row]:
    """Return a row for each stream."""
    return [_row(name, list(stream(sizes.n_messages)), sizes.n_rounds) for name, stream in STREAMS.items()]


def flat_events(n: int) -> Iterator[ConsumerRecord]:
    """Yield flat events as the demo sends them."""
    for number, fields in enumerate(_events(n)):
        yield _record(number, fields["user_id"], fields)


def iso_events(n: int) -> Iterator[ConsumerRecord]:
    """Yield flat events without ids, with times as text."""
    for number, fields in enumerate(_events(n)):
        time = datetime.fromtimestamp(fields["timestamp"] / 1000, UTC).isoformat(timespec="milliseconds")
        yield _record(number, fields["user_id"], {**fields, "timestamp": time, "id": None})


def track_calls(n: int) -> Iterator[ConsumerRecord]:
    """Yield calls of the Segment spec with the fields of its libraries."""
    for number, fields in enumerate(_events(n)):
        time = f"{datetime.fromtimestamp(fields['timestamp'] / 1000, UTC).isoformat(timespec='milliseconds')[:-6]}Z"
        call = {
            "type": "track",
            "userId": fields["user_id"],
            "messageId": f"ajs-next-{fields['id']}",
            "event": "Product Viewed",
            "properties": {"product_id": "507f1f77bcf86cd7", "name": fields["text"], "price": 18.99, "currency": "USD"},
            "context": _CONTEXT,
            **dict.fromkeys(("timestamp", "originalTimestamp", "sentAt", "receivedAt"), time),
        }
        yield _record(number, fields["user_id"], call)


def every_tenth_is_odd(n: int) -> Iterator[ConsumerRecord]:
    """Yield flat events, each tenth with an amount as text."""
    for number, fields in enumerate(_events(n)):
        odd = {} if number % 10 else {"amount": "$19.90"}
        yield _record(number, fields["user_id"], {**fields, **odd})


STREAMS: dict[str, Callable[[int], Iterator[ConsumerRecord]]] = {
    "flat": flat_events,
    "flat, ISO 8601, no id": iso_events,
    "Segment track": track_calls,
    "flat, each tenth odd": every_tenth_is_odd,
}


def _events(n: int) -> Iterator[dict[str, Any]]:
    draw = random.Random(0)
    for number in range(n):
        yield {
            "user_id": f"user-{draw.randrange(1_000_000)}",
            "timestamp": _START_MS + 17 * number,
            "text": f"Multiple combination vitamins {draw.randrange(_N_TEXTS)}",
            "kind": "purchase",
            "amount": 10.99,
            "id": f"31198975059-{number:07d}",
        }


def _record(number: int, user: str, message: dict[str, Any]) -> ConsumerRecord:
    value = msgspec.json.encode(message)
    return ConsumerRecord(USER_EVENTS, 0, number, _START_MS, user.encode(), value, [])


def _row(name: str, records: list[ConsumerRecord], n_rounds: int) -> Row:
    fields, decoder = Fields(), FormatDecoder(Fields(), None)
    read = _track.decode if name == "Segment track" else None

    def alone() -> None:
        for record in records:
            decode_json(record.key, record.value, fields)

    def msgspec_alone() -> None:
        for record in records:
            _flat_or_nothing(record.value or b"") if read is None else read(record.value or b"")

    ways = (alone, lambda: decoder.decode_batch(records), msgspec_alone)
    best = [float("inf")] * len(ways)
    for _ in range(n_rounds):
        best = [min(us, _us(way, len(records))) for us, way in zip(best, ways, strict=True)]
    n_bytes = sum(len(record.value or b"") for record in records) // len(records)
    alone_us, batch_us, msgspec_us = best
    return Row(name, n_bytes, alone_us, batch_us, msgspec_us, alone_us / batch_us)


def _flat_or_nothing(value: bytes) -> Flat | None:
    try:
        return _flat.decode(value)
    except msgspec.ValidationError:  # an odd one
        return None


def _us(way: Callable[[], object], n: int) -> float:
    started = thread_time()
    way()
    return (thread_time() - started) / n * 1e6


PART = Part(
    title="A batch of messages",
    aim="flat events within 1.5 us of msgspec alone",
    full=Sizes(n_messages=1_000, n_rounds=200),
    quick=Sizes(n_messages=1_000, n_rounds=20),
    measure=measure,
)
