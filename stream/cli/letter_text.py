"""One dead letter, for people and as JSON."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from stream.core.reasons import Reason
from stream.core.sentence.visible_text import visible, visible_bytes
from stream.wire.reasons import MEANINGS
from stream.wire.redriving import DeadLetter

_VALUE_BYTES = 4_096
_KEY_BYTES = 300
_PLACE = ("reason", "topic", "partition", "offset", "timestamp_ms")  # with a line of their own


class Bytes(msgspec.Struct, frozen=True):
    """Bytes as text, null unless they are UTF-8, and in base64."""

    text: str | None
    base64: str


class LetterRow(msgspec.Struct, frozen=True):
    """A dead letter as JSON. `why` are the `segue.error.*` headers by short name; `headers` those of the message."""

    offset: int
    timestamp_ms: int
    why: dict[str, str]
    key: Bytes | None
    value: Bytes | None
    headers: list[tuple[str, Bytes]]
    sent_again: bool


def letter_row(letter: DeadLetter, sent_again: bool) -> LetterRow:
    """Return a letter as it is printed with --json."""
    headers = [(name, _bytes(value)) for name, value in letter.headers]
    key, value = (None if data is None else _bytes(data) for data in (letter.key, letter.value))
    return LetterRow(letter.offset, letter.timestamp_ms, dict(letter.why), key, value, headers, sent_again)


def letter_text(letter: DeadLetter, sent_again: bool) -> str:
    """Return lines with everything that a letter says; no byte of it reaches the terminal as a control."""
    return "\n".join(f"{visible(name):<10} {visible(text)}" for name, text in _lines(letter, sent_again))


def _lines(letter: DeadLetter, sent_again: bool) -> Iterator[tuple[str, str]]:
    why = letter.why
    yield "letter", f"{letter.offset}, {_second(letter.timestamp_ms)}{', sent again' if sent_again else ''}"
    yield "reason", f"{letter.reason}{_meaning(letter.reason)}"
    yield from ((name, text) for name, text in why.items() if name not in _PLACE)
    if "offset" in why:
        received = why.get("timestamp_ms", "")
        at = f", {_second(int(received))}" if received.isdigit() else ""
        yield "was at", f"{why.get('topic', '?')} partition {why.get('partition', '?')} offset {why['offset']}{at}"
    yield "key", "null" if letter.key is None else visible_bytes(letter.key, _KEY_BYTES)
    for name, value in letter.headers:
        yield "header", f"{name} = {visible_bytes(value, _KEY_BYTES)}"
    yield "value", "null" if letter.value is None else visible_bytes(letter.value, _VALUE_BYTES)


def _meaning(reason: str) -> str:
    return f": {MEANINGS[Reason(reason)]}" if reason in set(Reason) else ""


def _second(time_ms: int) -> str:
    try:
        return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return f"at {time_ms} ms"


def _bytes(data: bytes) -> Bytes:
    try:
        text: str | None = data.decode()
    except UnicodeDecodeError:
        text = None
    return Bytes(text, b64encode(data).decode())
