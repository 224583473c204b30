"""An event is in the format that browsers read."""

from __future__ import annotations

import asyncio

from stream.serve.live.events import Listener, event


def test_an_event_has_its_id_its_name_and_one_line_of_data() -> None:
    assert event("delta", {"a": "1\n2"}, "x-7") == b'id: x-7\nevent: delta\ndata: {"a":"1\\n2"}\n\n'
    assert event("map", []) == b"event: map\ndata: []\n\n"


def test_a_text_cannot_end_its_event() -> None:
    hostile = "\n\nevent: full\r\ndata: {}\r\u2028<script>"
    data = event("delta", {"user": hostile})
    assert data.count(b"\n") == 3
    assert b"\r" not in data


def test_a_dropped_listener_gets_the_end_and_nothing_more() -> None:
    async def test() -> None:
        listener = Listener(None, wants_map=False)
        listener.send(b"1")
        listener.drop()
        listener.send(b"2")
        assert await listener.receive() is None

    asyncio.run(test())
