"""The catalogue of segments: an entry for each segment, and the current ones after any part of the log."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from stream.wire.catalogue import CatalogueEntry, catalogue_messages, current_entries
from stream.wire.descriptions import core_description, public_description
from stream.wire.records import ProducerRecord
from tests.core.builders import word_model
from tests.wire.described import DESCRIPTIONS, MILK

MODEL = replace(word_model(), version=7, descriptions=DESCRIPTIONS)


def test_the_catalogue_has_an_entry_for_each_segment() -> None:
    messages = catalogue_messages(MODEL)
    assert [(m.topic, m.key) for m in messages] == [("segments", i.encode()) for i in MODEL.ids]
    assert [m.headers for m in messages] == [[("content-type", b"application/json")]] * len(MODEL.ids)
    assert msgspec.json.decode(messages[0].value or b"") == {
        "id": "s-0001",
        "segment_model": 7,
        "description": {
            "name": "milk",
            "edited": True,
            "phrases": [{"text": "milk", "score": 0.75}, {"text": "牛奶", "score": 0.5}],
            "texts": ["fresh milk"],
            "behaviour": ["weekends", "large amounts"],
            "n_users": 12,
            "share": 1 / 3,
            "trend": -0.1,
            "rare": True,
            "cohesion": 0.25,
            "effective_size": 9.5,
            "features": [{"name": "recency", "deviations": -1.5}, {"name": "share_view", "deviations": 0.5}],
            "typical": ["ann", "李娜"],
            "boundary": ["bob"],
        },
        "retired": False,
    }


def test_a_description_comes_back_whole() -> None:
    assert [core_description(public_description(d)) for d in MODEL.descriptions] == list(MODEL.descriptions)


def test_a_segment_that_only_the_previous_model_has_is_retired_without_members() -> None:
    now = replace(MODEL, version=9, ids=("s-0002", "s-0003", "s-0009"))
    messages = catalogue_messages(now, MODEL)
    assert [m.key for m in messages] == [i.encode() for i in (*now.ids, "s-0001")]
    entries = [msgspec.json.decode(m.value or b"", type=CatalogueEntry) for m in messages]
    assert [(e.segment_model, e.retired) for e in entries] == [(9, False), (9, False), (9, False), (7, True)]
    assert core_description(entries[-1].description) == replace(MILK, typical=(), boundary=())


def test_the_current_segments_are_those_whose_last_entry_is_not_retired() -> None:
    one, two = word_model(("milk", "bread"), version=1), word_model(("rolls", "tea"), version=2, first=2)
    forward, back = catalogue_messages(two, one), catalogue_messages(one, two)
    assert listed(*catalogue_messages(one)) == [("s-0001", 1), ("s-0002", 1)]
    assert listed(*catalogue_messages(one), *forward) == [("s-0002", 2), ("s-0003", 2)]
    assert listed(*forward) == [("s-0002", 2), ("s-0003", 2)]  # all that compaction leaves
    assert listed(*catalogue_messages(one), *forward, *back) == [("s-0001", 1), ("s-0002", 1)]
    assert listed(*back, ProducerRecord("segments", b"s-0001", None, [])) == [("s-0002", 1)]
    assert listed() == []


def listed(*messages: ProducerRecord) -> list[tuple[str, int]]:
    return [(entry.id, entry.segment_model) for entry in current_entries((m.key, m.value) for m in messages)]
