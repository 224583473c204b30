"""The pump sends every browser the same bytes, once, and no browser holds up another."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from stream.serve.live import pump as pump_module
from stream.serve.live.board import Board
from stream.serve.live.events import QUEUE_EVENTS, Listener
from stream.serve.live.pump import FullHouseError, Look, Pump
from stream.serve.live.status import Status

LIVE = Status("live", "Live.", 0, 0, ("0 records", 0))


@dataclass
class Script:
    """A source whose board a test sets; `n_looks` counts the looks."""

    number: int = 1
    status: Status = LIVE
    points: dict[str, Any] | None = None
    n_looks: int = 0
    looked: asyncio.Event = field(default_factory=asyncio.Event)

    async def look(self, known: Board | None, wants_map: bool) -> Look:
        self.n_looks += 1
        self.looked.set()
        if known is None or known.revision != self.number:
            known = board(self.number)
        return known, self.status, self.points if wants_map else None

    async def another(self) -> None:
        """Wait for two more looks: what the first one saw was then sent."""
        for _ in range(2):
            self.looked.clear()
            await asyncio.wait_for(self.looked.wait(), 30)


def board(number: int) -> Board:
    cells = {"total:n_users": (str(number), float(number)), "total:n_segments": ("4", 4.0)}
    changes = tuple({"row": row, "user": f"u{row}"} for row in range(max(1, number - 2), number + 1))
    return Board(number, cells, changes, number, {"changes": number, "segments": "same"})


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pump_module, "EVERY_S", 0.001)


def run(test: Callable[[Script, Pump], Awaitable[None]], most: int = 3, stopping: list[bool] | None = None) -> None:
    async def whole() -> None:
        script = Script()
        pump = Pump(script, most, asyncio.get_running_loop().time, lambda: bool(stopping))
        await test(script, pump)
        await pump.close()

    asyncio.run(whole())


async def received(listener: Listener) -> tuple[str, str, dict[str, Any]] | None:
    data = await asyncio.wait_for(listener.receive(), 30)
    if data is None:
        return None
    fields = dict(line.split(": ", 1) for line in data.decode().strip().split("\n"))
    return fields["event"], fields.get("id", ""), json.loads(fields["data"])


async def heard(listener: Listener) -> tuple[str, str, dict[str, Any]]:
    found = await received(listener)
    assert found is not None
    return found


def test_a_browser_gets_all_first_and_then_only_what_is_new() -> None:
    async def test(script: Script, pump: Pump) -> None:
        listener = pump.join(None, wants_map=False)
        name, _, value = await heard(listener)
        assert (name, value["revision"], len(value["cells"])) == ("full", 1, 2)
        script.number = 3
        name, _, value = await heard(listener)
        assert (name, value["revision"], value["cells"]) == ("delta", 3, {"total:n_users": ["3", 3.0]})
        assert [change["row"] for change in value["changes"]] == [2, 3]
        assert (value["changed"], value["parts"]) == (2, ["changes"])

    run(test)


def test_a_browser_that_missed_nothing_is_not_sent_all_again() -> None:
    async def test(_script: Script, pump: Pump) -> None:
        first = pump.join(None, wants_map=False)
        _, seen, _ = await heard(first)
        name, _, value = await heard(pump.join(seen, wants_map=False))
        assert (name, "cells" in value) == ("delta", False)
        name, _, _value = await heard(pump.join("other-1", wants_map=False))
        assert name == "full"

    run(test)


def test_all_browsers_get_the_same_bytes() -> None:
    async def test(script: Script, pump: Pump) -> None:
        listeners = [pump.join(None, wants_map=False) for _ in range(3)]
        for listener in listeners:
            await heard(listener)
        script.number = 2
        sent = [await asyncio.wait_for(listener.receive(), 30) for listener in listeners]
        assert sent[0] is sent[1] is sent[2]

    run(test)


def test_a_slow_browser_is_dropped_and_others_are_not() -> None:
    async def test(script: Script, pump: Pump) -> None:
        slow, quick = pump.join(None, wants_map=False), pump.join(None, wants_map=False)
        for number in range(1, QUEUE_EVENTS + 5):
            script.number = number
            assert (await heard(quick))[2]["revision"] == number
        assert slow.is_dropped
        assert await received(slow) is None
        assert (await heard(pump.join(None, wants_map=False)))[0] == "full"

    run(test)


def test_points_go_only_to_pages_with_a_map() -> None:
    async def test(script: Script, pump: Pump) -> None:
        plain, mapped = pump.join(None, wants_map=False), pump.join(None, wants_map=True)
        await heard(plain)
        await heard(mapped)
        script.points = {"made": "m", "points": [[0, 1, 2, 3]]}
        name, event_id, value = await heard(mapped)
        assert (name, event_id, value) == ("map", "", script.points)
        script.points, script.number = None, 2
        assert (await heard(plain))[0] == "delta"

    run(test)


def test_nobody_listening_means_nobody_looks() -> None:
    async def test(script: Script, pump: Pump) -> None:
        listener = pump.join(None, wants_map=False)
        await heard(listener)
        await script.another()
        pump.leave(listener)
        assert pump.task is not None
        await asyncio.wait_for(pump.task, 30)
        n_looks = script.n_looks
        await asyncio.sleep(0)
        assert script.n_looks == n_looks
        assert (await heard(pump.join(None, wants_map=False)))[0] == "full"

    run(test)


def test_a_change_of_state_is_told_without_new_figures() -> None:
    async def test(script: Script, pump: Pump) -> None:
        listener = pump.join(None, wants_map=False)
        await heard(listener)
        script.status = Status("reconnecting", "Reconnecting to Kafka.", 5, 9, ("1 record", 1))
        name, _, value = await heard(listener)
        assert (name, value["status"]["state"], "cells" in value) == ("delta", "reconnecting", False)

    run(test)


def test_there_are_no_more_streams_than_allowed() -> None:
    async def test(_script: Script, pump: Pump) -> None:
        first = pump.join(None, wants_map=False)
        with pytest.raises(FullHouseError):
            pump.join(None, wants_map=False)
        pump.leave(first)
        pump.join(None, wants_map=False)

    run(test, most=1)


def test_streams_end_when_the_server_stops() -> None:
    stopping: list[bool] = []

    async def test(_script: Script, pump: Pump) -> None:
        listener = pump.join(None, wants_map=False)
        await heard(listener)
        stopping.append(True)
        assert await received(listener) is None
        with pytest.raises(FullHouseError):
            pump.join(None, wants_map=False)

    run(test, stopping=stopping)
