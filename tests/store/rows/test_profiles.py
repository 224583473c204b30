"""Published profiles: the newest of each user, gone with the user."""

from __future__ import annotations

from pathlib import Path

from stream.store.queries.profiles import profile_values
from stream.wire.profiles import read_profile
from stream.wire.topics import USER_PROFILES
from tests.store.builders import T0, Log, stored


def test_the_last_record_of_a_user_counts_and_bytes_are_kept(tmp_path: Path) -> None:
    log = Log()
    log.profile(x=1.0)
    last = log.profile(x=2.0, time_ms=T0 + 1)
    assert profile_values(stored(tmp_path, log)) == [last.value]


def test_an_erased_user_is_gone_whichever_topic_is_read_first(tmp_path: Path) -> None:
    for at, tombstone_first in enumerate((True, False)):
        log, folder = Log(), tmp_path / str(at)
        folder.mkdir()
        if tombstone_first:
            log.erase("ann")
            log.add(USER_PROFILES, "ann", log.profile().value, 1, written_ms=log.reads[0].timestamp_ms)
            log.reads.pop(1)
        else:
            log.profile()
            log.erase("ann")
        store = stored(folder, log)
        assert profile_values(store) == []
        assert store.row("SELECT count(*) FROM users") == (0,)


def test_a_tombstone_on_the_topic_itself_deletes_and_one_of_a_move_does_not(tmp_path: Path) -> None:
    log = Log()
    log.profile(user="gone")
    log.profile_gone("gone")
    log.profile(1, user="bob", x=1.0)
    moved = log.profile(0, user="bob", x=2.0)
    log.profile_gone("bob", 1, to=0)
    log.profile_gone("nobody")
    assert profile_values(stored(tmp_path, log)) == [moved.value]


def test_a_user_who_returns_has_a_profile_again(tmp_path: Path) -> None:
    log = Log()
    log.profile()
    log.erase("ann")
    log.profile_gone("ann")
    log.profile(x=7.0)
    [value] = profile_values(stored(tmp_path, log))
    assert read_profile(value).explicit["x"] == 7.0


def test_a_profile_of_another_user_than_its_key_is_damaged(tmp_path: Path) -> None:
    log = Log()
    log.add(USER_PROFILES, "bob", log.profile(user="ann").value)
    assert stored(tmp_path, log).rows("SELECT topic, n FROM damaged") == [(USER_PROFILES, 1)]
