"""Streams as the application sees them: kept replays, and arrays in the order of the records."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bench.apps.risk.stream import START_MS
from bench.apps.risk.watched import published
from stream.core.policy import DAY_MS
from stream.wire.profiles import UserProfile

TEXTS = ("milk", "wine", "motor oil", "diapers")


def events() -> list[tuple[bytes, bytes]]:
    """Return purchases of twelve users, once a day for a week."""
    rows = [
        {"user_id": f"{user}", "timestamp": START_MS + day * DAY_MS + user, "text": TEXTS[user % 4], "kind": "purchase"}
        for day in range(7)
        for user in range(12)
    ]
    return [(row["user_id"].encode(), msgspec.json.encode(row)) for row in rows]  # type: ignore[attr-defined]


def test_every_purchase_has_its_profile_and_a_second_run_reads_the_kept_replay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    records = list(published(events()))
    n_items = [each.n_items for each in records if isinstance(each, UserProfile) and each.user == "7"]
    assert sorted(set(n_items)) == [1, 2, 3, 4, 5, 6, 7]
    monkeypatch.setattr("bench.apps.risk.watched.build_replay", None)  # a second replay would fail
    assert list(published(events())) == records
