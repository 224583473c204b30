"""`segue serve` over a real broker: from an empty cluster on, and in two processes on one file."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from stream.kafka.admin import create_topics
from stream.kafka.connection import Connection
from stream.wire.topics import USER_SEGMENTS
from tests.e2e.deployment import GROUP
from tests.e2e.test_store import published, send
from tests.e2e.waiting import eventually
from tests.serve.filled import KNOWN, value_of
from tests.serve.process import serving

_SECONDS = 60


def asked(address: str, path: str) -> tuple[int, dict[str, Any]]:
    """Return status and JSON of an address."""
    try:
        with urlopen(address + path, timeout=_SECONDS) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)


def state(address: str, expected: str) -> Callable[[], dict[str, Any]]:
    """Return a look for a state of freshness: empty until it is this one."""

    def look() -> dict[str, Any]:
        found = asked(address, "/api/v1/freshness")[1]
        return found if found["state"] == expected else {}

    return look


def test_it_works_before_there_is_a_topic_and_follows_what_comes(connection: Connection, tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite"
    flags = ["--store", str(store), "--bootstrap-servers", connection.bootstrap_servers]
    flags += ["--topic-prefix", connection.topic_prefix]
    with serving(*flags) as (process, address):
        found = eventually(state(address, "no_topics"), "an empty cluster is told")
        assert "segue topics create" in found["reason"]
        assert asked(address, "/healthz")[0] == 200
        assert asked(address, f"/api/v1/users/{KNOWN}")[0] == 404
        create_topics(connection, GROUP, 1, 1)
        send(connection, published())
        record = value_of(USER_SEGMENTS, KNOWN)
        eventually(lambda: asked(address, f"/api/v1/users/{KNOWN}") == (200, record), "the record is answered")
        assert eventually(state(address, "live"), "all was read")["lag"] == 0
        with serving(*flags) as (second, other):
            assert asked(other, f"/api/v1/users/{KNOWN}") == (200, record)
            assert "another process" in asked(other, "/api/v1/freshness")[1]["reason"]
            second.send_signal(signal.SIGTERM)
            assert second.wait(_SECONDS) == 0
        process.send_signal(signal.SIGINT)
        assert process.wait(_SECONDS) == 0
    with serving(*flags) as (process, address):
        assert asked(address, f"/api/v1/users/{KNOWN}") == (200, record)  # at once, from the file
