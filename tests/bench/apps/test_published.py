"""Published moments are the newest records before each moment, and the cache holds what a replay gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.apps.published import N_PARTITIONS, month_starts_and_middles, published_at
from bench.apps.published_cache import code_digest
from bench.harness.setting_texts import settings_with
from stream.bootstrap import build_replay
from stream.core.policy import DAY_MS
from stream.files.complete_journey import START_MS

SETTINGS = {"window_items": "4", "window_ms": str(20 * DAY_MS), "warm_up_samples": "20"}
N_USERS = 12  # so that time passes in the partition of SILENT
SILENT, ERASED = "5", "1"


def event(user: int, day: int) -> tuple[bytes, bytes]:
    text = ("milk", "wine", "motor oil", "diapers")[user % 4]
    value = {"user_id": f"{user}", "timestamp": START_MS + day * DAY_MS, "text": text, "kind": "purchase"}
    return f"{user}".encode(), json.dumps(value).encode()


def purchases(days: range) -> list[tuple[bytes, bytes]]:
    return [event(user, day) for day in days for user in range(N_USERS) if day < 8 or str(user) != SILENT]


EVENTS = purchases(range(30))
TIMES = [START_MS + day * DAY_MS for day in (3, 10, 40)]


def test_a_moment_has_the_newest_record_of_every_user_until_then() -> None:
    texts = SETTINGS | {"publish_profiles": "always"}
    expected: list[dict[str, bytes]] = [{} for _ in TIMES]  # by rescan of all records for each moment
    messages = list(build_replay(settings_with(texts), N_PARTITIONS).run(EVENTS))
    for found, time_ms in zip(expected, TIMES, strict=True):
        for message in messages:
            if message.topic == "user-profiles" and json.loads(message.value or b"")["time_ms"] <= time_ms:
                found[(message.key or b"").decode()] = message.value or b""
    for moment, wanted in zip(published_at(TIMES, SETTINGS, events=EVENTS), expected, strict=True):
        assert {user: each.n_items for user, each in moment.profiles.items()} == {
            user: json.loads(value)["n_items"] for user, value in wanted.items()
        }
        assert all(each.time_ms <= moment.time_ms for each in moment.profiles.values())
        assert all(each.since_ms <= moment.time_ms for each in moment.segments.values())
    assert json.loads(expected[2][SILENT])["n_items"] < json.loads(expected[1][SILENT])["n_items"], "a timer"


def test_the_segment_is_that_of_the_profile_once_there_is_a_model() -> None:
    (moment,) = published_at(TIMES[2:], SETTINGS, events=EVENTS)
    assert moment.profiles.keys() == {str(user) for user in range(N_USERS)}
    segments = {user: moment.segments[user].segment.id for user in moment.segments}
    assert segments
    assert {user: each.segment for user, each in moment.profiles.items() if each.segment != "pending"} == segments


def test_an_erased_user_is_in_no_later_moment() -> None:
    erase = (ERASED.encode(), json.dumps({"type": "erase", "userId": ERASED}).encode())
    others = [each for each in purchases(range(12, 30)) if each[0] != ERASED.encode()]
    before, after = published_at(TIMES[1:], SETTINGS, events=[*purchases(range(12)), erase, *others])
    assert ERASED in before.profiles
    assert ERASED not in after.profiles.keys() | after.segments.keys()
    assert len(after.profiles) == N_USERS - 1


def test_the_cache_gives_what_the_replay_gave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    times = [month_starts_and_middles()[2], month_starts_and_middles()[1] + 5]
    first = published_at(times, households=[1, 2])
    assert [len(moment.profiles) for moment in first] == [2, 2]
    assert len(list(tmp_path.rglob("*.msgpack.gz"))) == len(month_starts_and_middles()) + 1
    monkeypatch.setattr("bench.apps.published.purchases", None)  # a second replay would fail
    assert published_at(times, households=[2, 1]) == first


def test_a_stream_with_a_name_is_replayed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = published_at(TIMES, SETTINGS, events=EVENTS, stream="planted")
    assert first == published_at(TIMES, SETTINGS, events=EVENTS)
    assert first == published_at(TIMES, SETTINGS, events=[], stream="planted")


def test_the_cache_depends_on_the_code_that_decides(tmp_path: Path) -> None:
    for name in ("core", "training", "jobs", "wire"):
        (tmp_path / name).mkdir()
    for name in ("core/step.py", "wire/profiles.py", "wire/memberships.py", "replay.py"):
        (tmp_path / name).write_text("x = 1\n")
    before = code_digest(tmp_path)
    assert before == code_digest(tmp_path)
    (tmp_path / "core" / "step.py").write_text("x = 2\n")
    assert before != code_digest(tmp_path)
