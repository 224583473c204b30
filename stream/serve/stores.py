"""Read-only connections to the store, one for each thread that asks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from stream.store.store import Store, open_store

P = ParamSpec("P")
T = TypeVar("T")

N_THREADS = 2  # of queries that take long; more would only share the cores with each other


class Stores:
    """Connections to one store. A query by key takes microseconds and runs in the caller's thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open = threading.local()
        self._threads = ThreadPoolExecutor(N_THREADS, thread_name_prefix="store")

    def here(self) -> Store:
        """Return this thread's connection; raises StoreError."""
        found: Store | None = getattr(self._open, "store", None)
        if found is None:
            found = self._open.store = open_store(self._path)
        return found

    async def run(self, query: Callable[Concatenate[Store, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the result of a query that may take long, while the event loop goes on; raises StoreError."""

        def ask() -> T:
            with self.here().snapshot() as store:
                return query(store, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._threads, ask)
