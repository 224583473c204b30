"""Dead letters as `segue dlq` prints them: filters, counts by reason, and one letter with nothing hidden."""

from __future__ import annotations

from base64 import b64decode
from time import time

import click
import msgspec
import pytest

from stream.cli.letter_text import letter_row, letter_text
from stream.cli.letters import Wanted, counted, counts_table
from stream.cli.moments import Moment
from stream.wire.redriving import DeadLetter, Mark, dead_letter_of

EVIL = b"\x1b[31mred\x1b[0m\r\n\x00" + "\u202etxt.exe".encode() + b"\xff"


def letter(offset: int, reason: str = "not_json", timestamp_ms: int = 0, detail: str = "d") -> DeadLetter:
    return DeadLetter(offset, timestamp_ms, b"7", b"{", [], {"reason": reason, "detail": detail})


def test_a_letter_is_asked_for_by_reason_offset_and_time() -> None:
    letters = [letter(at, reason, at * 10) for at, reason in enumerate(("a", "b", "a", "c"))]

    def found(wanted: Wanted) -> list[int]:
        return [each.offset for each in letters if wanted.has(each)]

    assert found(Wanted()) == [0, 1, 2, 3]
    assert found(Wanted(reasons=("a", "c"))) == [0, 2, 3]
    assert found(Wanted(offsets=(1, 3))) == [1, 3]
    assert found(Wanted(since_ms=10, to_ms=30)) == [1, 2]  # [since, to)
    assert found(Wanted(reasons=("a",), since_ms=10)) == [2]


def test_letters_are_counted_by_reason_with_the_newest_as_example() -> None:
    letters = [letter(1, "a", 10), letter(2, "b", 20), letter(3, "a", 60_000, "newest")]
    counts = counted(letters, {Mark(1, 10), Mark(2, 99)})
    assert [(c.reason, c.n_letters, c.n_sent_again, c.first_ms, c.last_ms, c.example_offset) for c in counts] == [
        ("a", 2, 1, 10, 60_000, 3),
        ("b", 1, 0, 20, 20, 2),
    ]
    table = counts_table(counts).splitlines()
    assert table[1].split() == ["a", "2", "1", "1970-01-01", "00:00", "1970-01-01", "00:01", "3", "newest"]
    assert table[-1] == "3 letters"


def test_no_byte_of_others_reaches_the_terminal_as_a_control() -> None:
    headers = [
        ("segue.error.reason", EVIL),
        ("segue.error.detail", EVIL),
        ("segue.error.\x1b[2Jnew", EVIL),
        ("segue.error.offset", EVIL),
        ("segue.error.timestamp_ms", b"9" * 40),
        ("a\x1b[31m\u202e", EVIL),
    ]
    evil = dead_letter_of(3, 1_000, EVIL, EVIL, headers)
    for text in (letter_text(evil, False), counts_table(counted([evil], set()))):
        assert all(line.isprintable() for line in text.splitlines())
        assert r"\x1b[31mred\x1b[0m\r\n\x00\u202etxt.exe" in text
    assert r"\xff" in letter_text(evil, False)


def test_a_letter_says_everything_that_its_headers_say() -> None:
    headers = [
        ("segue.error.reason", b"missing_user"),
        ("segue.error.detail", b"no user"),
        ("segue.error.hint", b"userId?"),
        ("segue.error.topic", b"eu.user-events"),
        ("segue.error.partition", b"2"),
        ("segue.error.offset", b"71"),
        ("segue.error.timestamp_ms", b"0"),
        ("ce_id", b"a-1"),
    ]
    text = letter_text(dead_letter_of(12, 1_000, None, b'{"a": 1}', headers), sent_again=True)
    assert text.splitlines() == [
        "letter     12, 1970-01-01 00:00:01 UTC, sent again",
        "reason     missing_user: There is no user: no user_id (flat), neither userId nor anonymousId (Segment).",
        "detail     no user",
        "hint       userId?",
        "was at     eu.user-events partition 2 offset 71, 1970-01-01 00:00:00 UTC",
        "key        null",
        "header     ce_id = a-1",
        'value      {"a": 1}',
    ]


def test_a_long_value_is_cut_in_text_and_whole_in_json() -> None:
    long = dead_letter_of(1, 0, b"7", b"x" * 10_000, [])
    assert letter_text(long, False).endswith("x… (10,000 bytes)")
    row = msgspec.json.decode(msgspec.json.encode(letter_row(long, False)))
    assert row["value"]["text"] == "x" * 10_000


@pytest.mark.parametrize("data", [EVIL, b"", b"plain"])
def test_json_has_the_bytes_exactly_whatever_they_are(data: bytes) -> None:
    printed = msgspec.json.encode(letter_row(dead_letter_of(1, 0, data, None, [("\ud7ffname", data)]), True))
    assert printed.isascii() or printed.decode().splitlines() == [printed.decode()]
    row = msgspec.json.decode(printed)
    assert b64decode(row["key"]["base64"]) == b64decode(row["headers"][0][1]["base64"]) == data
    assert (row["value"], row["sent_again"]) == (None, True)


@pytest.mark.parametrize(
    ("text", "ms"),
    [("1970-01-02", None), ("2026-11-01", 1_793_491_200_000), ("2026-11-01T12:00+01:00", 1_793_530_800_000)],
)
def test_a_moment_is_iso_8601_in_the_range_of_events(text: str, ms: int | None) -> None:
    if ms is None:
        with pytest.raises(click.BadParameter, match="is neither a time such as"):
            Moment().convert(text, None, None)
    else:
        assert Moment().convert(text, None, None) == ms


@pytest.mark.parametrize(("age", "ms"), [("90s", 90_000), ("90m", 5_400_000), ("12h", 43_200_000), ("7d", 604_800_000)])
def test_a_moment_is_an_age(age: str, ms: int) -> None:
    before_ms = int(time() * 1000)
    found: int = Moment().convert(age, None, None)
    assert before_ms - ms <= found <= int(time() * 1000) - ms
