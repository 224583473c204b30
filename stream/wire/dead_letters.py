"""Dead letters: the bytes and headers received, with the reason in `segue.error.*` headers, cut where they must fit."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from stream.core.output import Rejection
from stream.wire.records import UNREADABLE_NAME, ConsumerRecord, Headers, ProducerRecord
from stream.wire.topics import DEAD_LETTERS

PREFIX = "segue.error."
DETAIL_CHARS_MAX = 1000

_FRAME_BYTES = 128  # of a record and its batch, above what the format needs
_HEADER_FRAME_BYTES = 10


def dead_letter(rejection: Rejection, raw: ConsumerRecord) -> ProducerRecord:
    """Return the record for `user-events.dlq`, whole.

    Headers of an earlier refusal are left out: those of a message that was repaired and sent again.
    """
    why = {
        "reason": rejection.reason,
        "detail": rejection.detail[:DETAIL_CHARS_MAX],
        "topic": raw.topic,
        "partition": raw.partition,
        "offset": raw.offset,
        "timestamp_ms": raw.timestamp_ms,
    }
    if n_unreadable := sum(name == UNREADABLE_NAME for name, _ in raw.headers):
        why["unreadable_headers"] = n_unreadable
    return ProducerRecord(DEAD_LETTERS, raw.key, raw.value, _received(raw.headers) + _ours(why))


def fitted(letter: ProducerRecord, bytes_max: int) -> ProducerRecord:
    """Return the letter cut to at most `bytes_max` bytes, its frame included.

    The largest of value, headers and key is cut first, down to the next in size, and so on. A header is kept or left
    out as a whole. Each part that was cut has its size and SHA-256 digest in headers.
    """
    if framed_bytes(letter) <= bytes_max:
        return letter
    received, ours = _received(letter.headers), [pair for pair in letter.headers if pair[0].startswith(PREFIX)]
    sizes = {"value": len(letter.value or b""), "headers": headers_bytes(received), "key": len(letter.key or b"")}
    marks = _ours({f"{part}_{what}": "0" * 64 for part in sizes for what in ("bytes", "sha256")})
    share = _share(sizes.values(), bytes_max - _FRAME_BYTES - headers_bytes(ours) - headers_bytes(marks))
    cut: dict[str, object] = {}
    for part, whole in (("value", letter.value), ("headers", serialised(received)), ("key", letter.key)):
        if sizes[part] > share:
            cut |= {f"{part}_bytes": sizes[part], f"{part}_sha256": sha256(whole or b"").hexdigest()}
    return letter._replace(
        key=letter.key and letter.key[:share],
        value=letter.value and letter.value[:share],
        headers=_fitting(received, share) + ours + _ours(cut),
    )


def framed_bytes(letter: ProducerRecord) -> int:
    """Return an upper bound of the size of a record batch with this record alone."""
    return _FRAME_BYTES + len(letter.key or b"") + len(letter.value or b"") + headers_bytes(letter.headers)


def headers_bytes(headers: Headers) -> int:
    """Return an upper bound of the size of headers in a record."""
    return sum(_HEADER_FRAME_BYTES + len(name.encode()) + len(value) for name, value in headers)


def serialised(headers: Headers) -> bytes:
    """Return the bytes behind the digest of headers: names and values in order, each after its length as 4 bytes."""
    parts = (part for name, value in headers for part in (name.encode(), value))
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _received(headers: Headers) -> Headers:
    return [pair for pair in headers if not pair[0].startswith(PREFIX)]


def _ours(values: dict[str, object]) -> Headers:
    return [(PREFIX + name, str(value).encode(errors="replace")) for name, value in values.items()]


def _share(sizes: Iterable[int], budget: int) -> int:
    """Return the largest size for each part with which all parts fit into `budget` bytes.

    >>> _share([100, 10, 20], 60), _share([100, 90, 20], 100)
    (30, 40)
    """
    left, ordered = max(0, budget), sorted(sizes)
    for at, size in enumerate(ordered):
        share = left // (len(ordered) - at)
        if size > share:
            return share
        left -= size
    return ordered[-1]


def _fitting(headers: Headers, bytes_max: int) -> Headers:
    """Return the headers that fit, in order; those too large are left out."""
    kept: Headers = []
    for pair in headers:
        n_bytes = headers_bytes([pair])
        if n_bytes <= bytes_max:
            kept.append(pair)
            bytes_max -= n_bytes
    return kept
