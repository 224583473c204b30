"""Ledgers with records by hand, and what is due in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stream.core.decision.conditions import Condition
from stream.kafka.reader import Read
from stream.sink.gate import Gate
from stream.sink.ledger import Ledger
from stream.wire.topics import USER_SEGMENTS
from tests.store.builders import Log, membership

GATE = Gate(frozenset({"s-0001", "s-0002"}), (Condition.parse("marketing=true"),))
YES, NO = {"marketing": True}, {"marketing": False}


class Members(Log):
    """A log of `user-segments`."""

    def put(
        self,
        user: str = "ann",
        segment: str = "s-0001",
        traits: dict[str, Any] | None = None,
        partition: int = 0,
        **more: int,
    ) -> Read:
        """Append a user's segment; the user consents unless `traits` say otherwise."""
        value = membership(user=user, segment=segment, sequence=more.get("sequence", 1))
        value["traits"] = YES if traits is None else traits
        return self.add(USER_SEGMENTS, user, value, partition, written_ms=more.get("written_ms"))


def opened(folder: Path, gate: Gate = GATE) -> Ledger:
    """A ledger that has begun to read the topic."""
    ledger = Ledger(folder / "ledger.db", "https://crm.example/a", gate)
    if ledger.topic_id(USER_SEGMENTS) is None:
        ledger.begin_topic(USER_SEGMENTS, "first")
    return ledger


def due(ledger: Ledger, min_audience: int = 0) -> list[str]:
    """What is due, such as `+ann s-0001`, and exits with their reason."""
    return [
        f"-{each.user} {each.audience} {each.reason}" if each.reason else f"+{each.user} {each.audience}"
        for each in ledger.due(100, min_audience)
    ]


def begun(ledger: Ledger) -> list[str]:
    """Begin to send all that is due; the ids."""
    return [each.id for each in ledger.begin(ledger.due(100), 1_000)]


def acknowledged(ledger: Ledger) -> None:
    """Send all that is due, with success."""
    ledger.acknowledge(ledger.begin(ledger.due(100), 1_000))
