from __future__ import annotations

import msgspec
import pytest

from stream.training.values.lineage import Lineage
from stream.training.values.promotion import DROPPED, HELD, PROMOTED, PROPOSED, REFUSED, ROLLED_BACK, Flow, Promotion
from stream.wire.promotions import SERVING_KEY, promotion_messages, read_promotion

SPLIT = Lineage("s-0001", "split", (), 7, 0.25, ("s-0001", "s-0009"), (0.5, 0.375))
VERDICT = Promotion(
    version=7,
    former=5,
    status=PROMOTED,
    by="budget",
    reason="split s-0001",
    time_ms=1_700_000_000_000,
    ramp_ms=60_000,
    people=400,
    moved=0.125,
    entered=0.0625,
    budget=0.2,
    flows=(Flow("s-0001", "s-0009", 50, 0.125), Flow("unknown", "s-0009", 25, 0.0625)),
    lineage=(SPLIT,),
    frozen=True,
)
DOCUMENT = {
    "version": 7, "former": 5, "status": "promoted", "by": "budget", "reason": "split s-0001",
    "time_ms": 1_700_000_000_000, "ramp_ms": 60_000, "people": 400, "moved": 0.125, "entered": 0.0625, "budget": 0.2,
    "flows": [
        {"from_segment": "s-0001", "to_segment": "s-0009", "people": 50, "share": 0.125},
        {"from_segment": "unknown", "to_segment": "s-0009", "people": 25, "share": 0.0625},
    ],
    "lineage": [{
        "segment": "s-0001", "event": "split", "parents": [], "model_version": 7, "share": 0.25,
        "children": ["s-0001", "s-0009"], "parts": [0.5, 0.375],
    }],
    "frozen": True,
}  # fmt: skip


def test_a_verdict_is_this_json() -> None:
    said, _ = promotion_messages(VERDICT)
    assert (said.topic, said.key, said.headers) == ("segment-promotions", b"7", [])
    assert msgspec.json.decode(said.value or b"") == DOCUMENT


@pytest.mark.parametrize("status", [PROMOTED, ROLLED_BACK])
def test_what_changes_which_model_serves_is_said_beside_the_models_too(status: str) -> None:
    said, serves = promotion_messages(_with(status))
    assert (serves.topic, serves.key, serves.headers) == ("segment-model", SERVING_KEY, [])
    assert serves.value == said.value


@pytest.mark.parametrize("status", [PROPOSED, HELD, DROPPED, REFUSED])
def test_other_verdicts_change_nothing_that_serves(status: str) -> None:
    assert [message.topic for message in promotion_messages(_with(status))] == ["segment-promotions"]


def _with(status: str) -> Promotion:
    return read_promotion(msgspec.json.encode(DOCUMENT | {"status": status}))


def test_a_verdict_comes_back() -> None:
    assert read_promotion(promotion_messages(VERDICT)[0].value or b"") == VERDICT


@pytest.mark.parametrize("value", [b"", b"{}", b"[]", b'{"version":"seven"}'])
def test_what_is_no_verdict_is_refused(value: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        read_promotion(value)
