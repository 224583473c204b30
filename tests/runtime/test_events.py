"""Observers of an engine's events."""

from __future__ import annotations

import pytest

from stream.runtime.events import Assigned, EngineEvent, Restored, Revoked, fan_out

EVENTS: list[EngineEvent] = [Assigned("segment", [0, 1]), Restored("segment", 0), Revoked("segment", [0, 1])]


def test_every_observer_receives_every_event_in_order() -> None:
    received: list[tuple[str, EngineEvent]] = []
    notify = fan_out(lambda event: received.append(("first", event)), lambda event: received.append(("second", event)))
    for event in EVENTS:
        notify(event)
    assert received == [(observer, event) for event in EVENTS for observer in ("first", "second")]


def test_observers_nest() -> None:
    received: list[EngineEvent] = []
    notify = fan_out(fan_out(received.append), fan_out(received.append, fan_out()))
    notify(EVENTS[0])
    assert received == [EVENTS[0]] * 2


def test_an_error_of_an_observer_reaches_the_engine() -> None:
    def broken(event: EngineEvent) -> None:
        raise RuntimeError(event.role)

    with pytest.raises(RuntimeError, match="segment"):
        fan_out(broken)(EVENTS[0])
