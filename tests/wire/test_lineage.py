"""Lineage as other services read it, and how they tell a repeat."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import msgspec
import pytest

from stream.training.values.lineage import Lineage
from stream.training.values.promotion import DROPPED, HELD, PROMOTED, PROPOSED, ROLLED_BACK, Promotion
from stream.wire.lineage import SegmentLineage, lineage_messages

SPLIT = Lineage("s-0001", "split", (), 7, 0.25, ("s-0001", "s-0009"), (0.5, 0.375))
BORN = Lineage("s-0009", "born", ("s-0001",), 7, 0.125, (), (0.75,))
VERDICT = Promotion(7, 5, PROMOTED, "budget", "split", 1_700_000_000_123, lineage=(SPLIT, BORN))


def ids(promotion: Promotion) -> list[bytes]:
    """CloudEvents ids of what is said."""
    return [dict(message.headers)["ce_id"] for message in lineage_messages(promotion)]


def test_an_event_is_this_json_under_the_segment() -> None:
    split, born = lineage_messages(VERDICT)
    assert [(m.topic, m.key) for m in (split, born)] == [("segment-lineage", b"s-0001"), ("segment-lineage", b"s-0009")]
    assert msgspec.json.decode(split.value or b"") == {
        "segment": "s-0001", "event": "split", "parents": [], "model_version": 7, "share": 0.25,
        "children": ["s-0001", "s-0009"], "parts": [0.5, 0.375], "time_ms": 1_700_000_000_123,
    }  # fmt: skip
    assert msgspec.json.decode(born.value or b"", type=SegmentLineage).parents == ("s-0001",)


def test_its_headers_are_a_cloudevents_with_the_time_of_the_verdict() -> None:
    headers = dict(lineage_messages(VERDICT)[0].headers)
    assert headers.pop("ce_id") == sha256(b"7:split:s-0001:1700000000123:split").hexdigest()[:32].encode()
    assert headers == {
        "ce_specversion": b"1.0",
        "ce_source": b"segue",
        "ce_type": b"io.segue.segment.lineage.v1",
        "ce_subject": b"s-0001",
        "ce_time": b"2023-11-14T22:13:20.123Z",
        "content-type": b"application/json",
    }


def test_what_is_said_again_has_the_id_it_had_and_nothing_else_has() -> None:
    assert ids(VERDICT) == ids(replace(VERDICT))
    others = [
        replace(VERDICT, lineage=(replace(SPLIT, segment="s-0002"),)),
        replace(VERDICT, lineage=(replace(SPLIT, event="merged"),)),
        replace(VERDICT, lineage=(replace(SPLIT, model_version=8),)),
        replace(VERDICT, reason="asked for by ann"),  # gone back to, and promoted again: it is split a second time
        replace(VERDICT, time_ms=VERDICT.time_ms + 1),
    ]
    found = [event_id for decision in (VERDICT, *others) for event_id in ids(decision)]
    assert len(set(found)) == len(found) == 2 + 3 + 4


@pytest.mark.parametrize(("status", "n"), [(PROMOTED, 2), (ROLLED_BACK, 2), (PROPOSED, 0), (HELD, 0), (DROPPED, 0)])
def test_lineage_is_said_when_it_is_true(status: str, n: int) -> None:
    assert len(lineage_messages(replace(VERDICT, status=status))) == n
