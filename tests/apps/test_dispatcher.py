"""Records of every topic, as the jobs write them, to an application: erasures, repeats, and strangers' records."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest

from apps.app import App
from apps.dispatcher import Dispatcher
from stream.formats.decoder import FormatDecoder
from stream.kafka.reader import Read
from stream.wire.fields import Fields
from stream.wire.records import Headers
from stream.wire.topics import SEGMENT_CHANGES, SEGMENTS, USER_EVENTS, USER_SEGMENTS
from stream.wire.user_tables import MOVED_HEADER
from tests.apps.noting import Noting
from tests.published_records import published_records

ERASE = {"type": "erase", "userId": "ann"}


@pytest.fixture
def app() -> Noting:
    return Noting()


@pytest.fixture
def dispatcher(app: Noting) -> Dispatcher:
    made = Dispatcher([app], FormatDecoder(Fields(), None))
    made.is_live = True
    return made


_offsets = count()


def read(topic: str, key: str, value: Any, time_ms: int = 1_000, headers: Headers | None = None) -> Read:
    encoded = value if value is None or isinstance(value, bytes) else json.dumps(value).encode()
    return Read(topic, 0, next(_offsets), time_ms, key.encode(), encoded, headers or [])


def published(topic: str, user: str, time_ms: int = 1_000) -> list[Read]:
    """Return the records that the jobs made for a key of a topic."""
    records = [each for each in published_records() if each.topic == topic and each.key == user.encode()]
    assert records
    return [read(topic, user, each.value, time_ms, each.headers) for each in records]


def test_every_kind_of_record_reaches_its_method(app: Noting, dispatcher: Dispatcher) -> None:
    event = {"user_id": "ann", "text": "milk", "timestamp": 1_700_000_000_000}
    traits = {"type": "identify", "userId": "ann", "timestamp": "2023-11-14T22:13:20Z", "traits": {"age": 41}}
    actions = [
        action
        for each in (
            read(USER_EVENTS, "ann", event),
            read(USER_EVENTS, "ann", traits),
            published(USER_SEGMENTS, "ann")[0],
            published(SEGMENT_CHANGES, "ann")[0],
        )
        for action in dispatcher.take(each)
    ]
    assert app.kinds("ann") == ["Event", "Declaration", "UserSegment", "SegmentChange"]
    assert [action["kind"] for action in actions] == app.kinds("ann")
    segment = next(each for each in published_records() if each.topic == SEGMENTS)
    dispatcher.take(Read(SEGMENTS, 0, 0, 0, segment.key, segment.value, segment.headers))
    assert app.kinds((segment.key or b"").decode()) == ["CatalogueEntry"]


def test_an_application_gets_only_the_topics_it_names(dispatcher: Dispatcher) -> None:
    class Narrow(Noting):
        topics = (SEGMENT_CHANGES,)

    narrow = Narrow()
    dispatcher.apps = [narrow]
    dispatcher.take(published(USER_SEGMENTS, "ann")[0])
    dispatcher.take(published(SEGMENT_CHANGES, "ann")[0])
    assert narrow.kinds("ann") == ["SegmentChange"]


def test_a_repeated_change_is_left_out(app: Noting, dispatcher: Dispatcher) -> None:
    changes = published(SEGMENT_CHANGES, "ann")
    for each in [*changes, *changes]:
        dispatcher.take(each)
    assert app.kinds("ann") == ["SegmentChange"] * len(changes)


@pytest.mark.parametrize("topic", [USER_EVENTS, USER_SEGMENTS])
def test_an_erased_user_is_gone_and_older_records_do_not_bring_the_user_back(
    app: Noting, dispatcher: Dispatcher, topic: str
) -> None:
    dispatcher.take(published(USER_SEGMENTS, "ann")[0])
    dispatcher.take(read(topic, "ann", ERASE if topic == USER_EVENTS else None, time_ms=5_000))
    assert app.held == {}
    dispatcher.take(published(SEGMENT_CHANGES, "ann", time_ms=5_000)[0])
    assert app.held == {}
    dispatcher.take(published(SEGMENT_CHANGES, "ann", time_ms=5_001)[0])
    assert app.kinds("ann") == ["SegmentChange"], "who returns is known again"


def test_a_record_that_moved_to_another_partition_erases_nobody(app: Noting, dispatcher: Dispatcher) -> None:
    dispatcher.take(published(USER_SEGMENTS, "ann")[0])
    dispatcher.take(read(USER_SEGMENTS, "ann", None, headers=[(MOVED_HEADER, b"3")]))
    assert app.kinds("ann") == ["UserSegment"]


def test_a_change_of_the_past_counts_only_for_a_user_of_today(app: Noting, dispatcher: Dispatcher) -> None:
    dispatcher.is_live = False
    dispatcher.take(published(SEGMENT_CHANGES, "ann")[0])
    assert app.held == {}, "the tombstone may be compacted away"
    dispatcher.take(published(USER_SEGMENTS, "ann")[0])
    dispatcher.take(published(SEGMENT_CHANGES, "ann")[-1])
    assert app.kinds("ann") == ["UserSegment", "SegmentChange"]


@pytest.mark.parametrize("value", [b"", b"null", b"[]", b"{", b"\xff", b'{"user": 7}', b"[" * 100_000])
@pytest.mark.parametrize("topic", [USER_SEGMENTS, SEGMENT_CHANGES, SEGMENTS, USER_EVENTS])
def test_a_strangers_record_is_left_out(app: Noting, dispatcher: Dispatcher, topic: str, value: bytes) -> None:
    assert dispatcher.take(read(topic, "ann", value)) == []
    assert app.held == {}


def test_a_tombstone_of_a_segment_erases_no_user_of_that_name(app: Noting, dispatcher: Dispatcher) -> None:
    dispatcher.take(published(USER_SEGMENTS, "ann")[0])
    dispatcher.take(read(SEGMENTS, "ann", None))
    assert app.kinds("ann") == ["UserSegment"]


def test_idle_work_gives_actions_too(dispatcher: Dispatcher) -> None:
    class Idle(App):
        def on_idle(self) -> list[dict[str, Any]]:
            return [{"app": "idle"}]

    dispatcher.apps = [Idle(), App()]
    assert dispatcher.idle() == [{"app": "idle"}]
