"""One thread for small matrix products."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True, scope="package")
def one_thread() -> Iterator[None]:
    """Threads of small products wait for each other, the longer the busier the machine."""
    with threadpool_limits(limits=1):
        yield
