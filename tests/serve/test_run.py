"""One process follows the topics, or reads what another one writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.kafka.connection import Connection
from stream.serve.run import Serving, following, identity_of
from stream.settings import ServeSettings, WorkerSettings
from stream.store.errors import StoreError
from stream.store.follower import COMPLETE
from stream.store.freshness import State
from stream.store.policy import StorePolicy
from stream.store.replayed import ReplayedStore, is_replay
from stream.store.writer import StoreWriter
from stream.training.values.policy import TrainingPolicy
from tests.e2e.waiting import eventually
from tests.serve.filled import empty_store

NOBODY = Connection(bootstrap_servers="127.0.0.1:1")


def serving(store: Path, *tokens: str) -> Serving:
    return Serving(
        WorkerSettings(connection=NOBODY), ServeSettings(serve_port=0, serve_tokens=tokens), StorePolicy(), store
    )


def test_the_store_of_a_replay_is_read_and_never_changes(tmp_path: Path) -> None:
    path = tmp_path / "replayed.sqlite"
    assert not is_replay(path)
    ReplayedStore(path).close()
    assert is_replay(path)
    with following(serving(path)) as freshness:
        assert freshness().state is State.FILE


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_bytes(b"something else")
    with pytest.raises(StoreError, match="other"):
        is_replay(path)


def test_a_second_process_on_a_file_only_reads_and_says_how_old_it_is(tmp_path: Path) -> None:
    path = empty_store(tmp_path)
    writer = StoreWriter(path)
    with following(serving(path)) as freshness:
        assert freshness().state is State.CATCHING_UP
        writer.fact(COMPLETE, str(1_000))
        eventually(lambda: freshness().behind_ms > 1_000_000_000, "the mark is read")
        assert freshness().state is State.CATCHING_UP
        writer.fact(COMPLETE, str(2**53))
        eventually(lambda: freshness().state is State.LIVE, "the next mark is read")
        assert freshness().behind_ms == 0
        assert "another process" in freshness().reason
    writer.close()


def test_a_first_process_makes_the_store_where_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "store.sqlite"
    with following(serving(path)) as freshness:
        assert path.exists()
        assert freshness().revision == 0


def test_processes_with_the_same_tokens_read_each_others_cursors(tmp_path: Path) -> None:
    one, two = (identity_of(serving(tmp_path / name, "0123456789abcdef")) for name in "ab")
    assert two.unseal(one.seal("ann")) == "ann"
    assert identity_of(serving(tmp_path)).key != identity_of(serving(tmp_path)).key


def test_users_are_shown_as_the_trainer_of_the_deployment_shows_them(tmp_path: Path) -> None:
    found = identity_of(serving(tmp_path))
    assert (found.salt, found.member_ids) == ("segue", False)
    allowed = WorkerSettings(connection=Connection(topic_prefix="shop-"), training=TrainingPolicy(member_ids=True))
    found = identity_of(Serving(allowed, ServeSettings(), StorePolicy(), tmp_path))
    assert (found.salt, found.member_ids) == ("shop-segue", True)
