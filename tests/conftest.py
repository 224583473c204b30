"""Fixtures of every ring, and how Hypothesis draws."""

import os
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from stream.core.kernel.build import build

# No example is timed, neither when it runs nor when it is drawn: a machine that stalls proves nothing. Examples are a
# function of the test, so that `make test` says the same everywhere and a change fails for its author;
# `pytest --hypothesis-profile new-examples` looks for others.
settings.register_profile(
    "same-examples",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
    print_blob=True,
)
settings.register_profile("new-examples", settings.get_profile("same-examples"), derandomize=False)
settings.load_profile("same-examples")


SLOW_RINGS = frozenset({"bench", "browser", "chaos", "e2e"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow rings: at the end no process shall work on a long file while the others have nothing left."""
    tests = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(tests).parts[0] not in SLOW_RINGS)


def pytest_configure(config: pytest.Config) -> None:
    """Compile the kernel where its C was changed, and let the processes that tests start keep compiled modules.

    They keep them also where this process must not write any. Python's compilation is half of the CPU time of a
    worker's start, and the suite starts some hundred.
    """
    build()
    if sys.dont_write_bytecode:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(config.rootpath / ".pytest_cache" / "compiled")


@pytest.fixture
def fresh_name() -> Callable[[str], str]:
    """Makes names that no other test or run uses, for topics, groups and transactional ids."""

    def make(prefix: str) -> str:
        return f"{prefix}-{uuid.uuid4().hex[:10]}"

    return make
