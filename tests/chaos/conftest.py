"""The segment model of every test here."""

from pathlib import Path

import pytest

from tests.e2e import scenario


@pytest.fixture(scope="session")
def segment_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A segment model of the scenario's first 6,000 purchases."""
    path = tmp_path_factory.mktemp("model") / "segment-model.json"
    scenario.make_segment_model(scenario.events(6_000), path)
    return path
