"""What a redrive sends and what it leaves, letter by letter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from time import time
from types import MappingProxyType
from typing import Any

import pytest

from stream.cli.redrive_sorter import Fate, Options, Sorter
from stream.core.policy import Clock, Policy
from stream.formats.decoder import FormatDecoder
from stream.wire.fields import Fields
from stream.wire.redriving import DeadLetter, Mark

NOW_MS = int(time() * 1000)
DAY_MS = 86_400_000


def event(**fields: Any) -> bytes:
    return json.dumps({"user_id": "7", "text": "red shoes", "timestamp": NOW_MS} | fields).encode()


def letter(
    value: bytes | None = None, key: bytes | None = b"7", offset: int = 1, n_redriven: int = 0, **why: str
) -> DeadLetter:
    headers = [("segue.redriven", b"%d" % n_redriven)] if n_redriven else []
    return DeadLetter(
        offset, 1_000, key, event() if value is None else value, headers, {"reason": "bad_timestamp"} | why
    )


def sorted_out(
    *letters: DeadLetter, clock: Clock = Clock.WALL, flags: Mapping[str, bool] = MappingProxyType({})
) -> tuple[list[int], Sorter]:
    """The offsets to send, and the sorter after it; letter 9 has a mark."""
    options = Options(flags.get("rekey", False), flags.get("again", False), flags.get("unchecked", False), False, None)
    decoder = FormatDecoder(Fields(max_text_chars=512), None)
    sorter = Sorter(decoder, {Mark(9, 1_000)}, Policy(clock=clock), options)
    return [each.offset for each, _ in sorter.to_send(letters)], sorter


BEFORE = letter(offset=9)
RETURNED = letter(offset=2, n_redriven=1)
CUT = letter(offset=3, value_bytes="99")
BAD = letter(b"{", offset=4)
AHEAD = letter(event(timestamp=NOW_MS + DAY_MS), offset=5)
KEYLESS = letter(key=None, offset=6, reason="missing_key")
ALL = (letter(), BEFORE, RETURNED, CUT, BAD, AHEAD, KEYLESS)


def test_by_default_only_what_a_worker_accepts_now_is_sent_and_nothing_twice() -> None:
    sent, sorter = sorted_out(*ALL)
    assert sent == [1]
    assert sorter.tally.fates == {Fate.BEFORE: 1, Fate.RETURNED: 1, Fate.CUT: 1, Fate.REFUSED: 3}
    assert sorter.tally.refusals == {"not_json": 1, "timestamp_ahead": 1, "missing_key": 1}
    assert sorter.tally.n_rekeyable == 1


@pytest.mark.parametrize(
    ("flags", "more"),
    [({"again": True}, [9, 2]), ({"unchecked": True}, [4, 5, 6]), ({"rekey": True}, [6])],
    ids=["again", "unchecked", "rekey"],
)
def test_each_flag_adds_its_letters(flags: dict[str, bool], more: list[int]) -> None:
    assert sorted_out(*ALL, flags=flags)[0] == sorted([1, *more], key=[each.offset for each in ALL].index)


def test_no_flag_sends_a_letter_whose_message_is_not_whole() -> None:
    assert sorted_out(CUT, flags={"again": True, "unchecked": True, "rekey": True})[0] == []


def test_a_letter_of_an_earlier_topic_at_a_marked_offset_is_another_letter() -> None:
    other = DeadLetter(9, 2_000, b"7", event(), [], {"reason": "bad_timestamp"})
    assert sorted_out(other)[0] == [9]


def test_an_event_ahead_is_refused_by_the_wall_clock_only_and_sent_once_its_time_has_come() -> None:
    assert sorted_out(AHEAD)[0] == []
    assert sorted_out(AHEAD, clock=Clock.EVENT)[0] == [5]
    assert sorted_out(letter(event(timestamp=NOW_MS - DAY_MS), reason="timestamp_ahead"))[0] == [1]


def test_events_older_than_the_window_are_counted_since_they_will_be_late() -> None:
    old = letter(event(timestamp=NOW_MS - 10 * 365 * DAY_MS))
    sent, sorter = sorted_out(old, letter())
    assert (sent, sorter.tally.n_late) == ([1, 1], 1)


def test_the_counts_are_told_line_by_line() -> None:
    _, sorter = sorted_out(*ALL)
    sorter.tally.fates[Fate.SENT] += 1
    assert list(sorter.tally.lines(dry_run=False)) == [
        "7 letters",
        "        1 sent again",
        "        1 not sent: sent again before (--again)",
        "        1 not sent: refused once more after they were sent again (--again)",
        "        1 not sent: cut to fit, so that the message is not here any more",
        "        3 not sent: would be refused again (--unchecked)",
        "            1 not_json",
        "            1 timestamp_ahead",
        "            1 missing_key",
        "1 of the refused have the user in the value: --rekey takes the key from there",
    ]
    assert list(sorter.tally.lines(dry_run=True))[1] == "        1 would be sent again"
