"""A small catalogue under a hash encoder. Without the extra `cpu` and River this ring is skipped."""

from __future__ import annotations

from collections import Counter
from importlib.util import find_spec

import pytest

from tests.fakes import HashEncoder

collect_ignore_glob = [] if find_spec("river") and find_spec("onnxruntime") else ["test_*.py"]

if find_spec("river"):
    from bench.segments.themes import THEMES, Catalogue, build_catalogue


@pytest.fixture(scope="session")
def texts() -> Catalogue:
    """Twelve texts of each theme and thirty common ones, as vectors of 32 dimensions."""
    bought = Counter({f"{words[0]} {at}": 20 - at for words in THEMES.values() for at in range(12)})
    bought.update({f"milk {at}": 50 for at in range(30)})
    return build_catalogue(bought, HashEncoder(32))
