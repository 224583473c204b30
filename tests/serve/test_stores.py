"""Each thread has a connection of its own, and a long query sees one revision."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from stream.serve.stores import Stores
from stream.store.errors import StoreError
from stream.store.queries.users import user_record
from stream.store.store import Store, newest_ms
from tests.serve.filled import KNOWN, empty_store, filled_store


def test_a_thread_keeps_its_connection_and_shares_it_with_none(tmp_path: Path) -> None:
    stores = Stores(empty_store(tmp_path))
    found: list[Store] = []
    thread = threading.Thread(target=lambda: found.append(stores.here()))
    thread.start()
    thread.join()
    assert stores.here() is stores.here()
    assert stores.here() is not found[0]


def test_a_query_runs_beside_the_event_loop(tmp_path: Path) -> None:
    stores = Stores(filled_store(tmp_path))

    def query(store: Store, user: str) -> tuple[str, bool]:
        return threading.current_thread().name, user_record(store, user) is not None

    name, found = asyncio.run(stores.run(query, KNOWN))
    assert name.startswith("store")
    assert found
    assert asyncio.run(stores.run(newest_ms)) > 0


def test_a_store_that_appears_later_is_opened_then(tmp_path: Path) -> None:
    stores = Stores(tmp_path / "empty.sqlite")
    with pytest.raises(StoreError):
        stores.here()
    empty_store(tmp_path)
    assert user_record(stores.here(), KNOWN) is None
