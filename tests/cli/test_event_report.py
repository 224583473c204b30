"""What became of the events of a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import click
import pytest

from stream.cli.event_report import Places, Refusals, Undamaged, check_used, counted
from stream.files.event_file import FileEvent
from stream.files.opened_file import EventFileError
from stream.wire.placement import partition_of
from stream.wire.records import ProducerRecord


def letter(partition: int, offset: int, reason: str = "not_json") -> ProducerRecord:
    why = {"reason": reason, "detail": "a detail", "partition": str(partition), "offset": str(offset)}
    headers = [(f"segue.error.{name}", text.encode()) for name, text in why.items()]
    return ProducerRecord("user-events.dlq", None, b"", headers)


def test_a_refused_event_is_found_at_its_line_and_the_first_of_a_reason_is_shown() -> None:
    places, refusals = Places(3), Refusals()
    keys = [b"ann", b"bob", b"ann", b"cid", b"bob", b"ann"]
    pairs = list(places.pairs(FileEvent(key, b"{}", 10 * at) for at, key in enumerate(keys)))
    assert [key for key, _ in pairs] == keys
    last_of_ann = sum(partition_of(key, 3) == partition_of(b"ann", 3) for key in keys) - 1
    places.refuse(letter(partition_of(b"ann", 3), last_of_ann), refusals)
    places.refuse(letter(partition_of(b"ann", 3), 0), refusals)
    assert list(refusals.lines()) == ["  2 not_json, such as line 50: a detail"]


def test_reasons_come_by_frequency_with_a_hint() -> None:
    refusals = Refusals()
    for place, reason in enumerate(["missing_user", "not_json", "not_json"], 1):
        refusals.add(reason, place, "why")
    first, second = refusals.lines()
    assert first == "  2 not_json, such as line 2: why"
    assert second.startswith("  1 missing_user, such as line 1: why (--columns user_id=")


def test_outcomes_are_counted_in_words() -> None:
    assert counted(Counter(applied=1998, late=2, rejected=1, erased=0)) == "1,998 applied, 2 late, 1 refused"


@pytest.mark.parametrize(("n", "outcomes", "why"), [(0, {}, "no event in"), (2, {"rejected": 2}, "could be used")])
def test_a_file_of_no_use_is_an_error(n: int, outcomes: dict[str, int], why: str) -> None:
    with pytest.raises(click.ClickException, match=why):
        check_used("a.csv", n, outcomes)
    check_used("a.csv", 2, {"rejected": 1, "applied": 1})


def test_events_before_the_damage_are_used() -> None:
    def damaged() -> Iterator[FileEvent]:
        yield FileEvent(None, b"{}", 1)
        raise EventFileError("cut")

    events = Undamaged(damaged())
    assert [event.place for event in events] == [1]
    with pytest.raises(EventFileError, match="cut"):
        events.check()
    Undamaged(iter(())).check()
