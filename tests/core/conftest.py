"""Both cores as a fixture: a test of behaviour runs with the specification and with the compiled core."""

import pytest

from tests.core.cores import CORES, CoreType


@pytest.fixture(scope="session", params=CORES)
def core(request: pytest.FixtureRequest) -> CoreType:
    """The type of a core."""
    return CORES[request.param]
