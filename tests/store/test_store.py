"""A store opened to read: odd questions have an empty answer, and a snapshot is of one revision."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.store.queries.flows import flows
from stream.store.queries.live import latest_changes
from stream.store.queries.models import model
from stream.store.queries.segments import size_history
from stream.store.queries.users import user_change, user_changes
from stream.store.store import open_store, revision
from stream.store.writer import StoreWriter
from tests.store.builders import T0, Log, stored


@pytest.mark.parametrize("number", [0, -1, 1 << 63, -(1 << 63), 1 << 70, -(1 << 70)])
def test_numbers_of_any_size_can_be_asked(tmp_path: Path, number: int) -> None:
    log = Log()
    log.change()
    store = stored(tmp_path, log)
    assert user_change(store, "ann", number) is None
    assert model(store, number) is None
    assert len(user_changes(store, "ann", number, 5)) == (number > 1)
    assert len(latest_changes(store, number, 5)) == (number <= 0)
    assert flows(store, number, number) == []
    sizes = size_history(store, "s-0001", min(number, T0), max(number, T0), 2)
    assert [point.n_users for point in sizes] == [0, 0]  # the record of the user is not here yet


def test_a_snapshot_is_of_one_revision_while_others_write(tmp_path: Path) -> None:
    writer, log = StoreWriter(tmp_path / "store.db"), Log()
    writer.apply([log.change()])
    store = open_store(tmp_path / "store.db")
    with store.snapshot():
        before = (revision(store), len(latest_changes(store, 0, 9)))
        writer.apply([log.change(sequence=2, time_ms=T0 + 1)])
        assert (revision(store), len(latest_changes(store, 0, 9))) == before == (1, 1)
    assert (revision(store), len(latest_changes(store, 0, 9))) == (2, 2)
    store.close()
    writer.close()
