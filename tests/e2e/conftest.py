"""One real broker for the whole ring: tests keep apart by names, `fresh_name("events")`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stream.devkafka import EmbeddedKafka
from tests.e2e import scenario
from tests.e2e.deployment import Deployment

Deploy = Callable[..., Deployment]


@pytest.fixture(scope="session")
def kafka() -> Iterator[EmbeddedKafka]:
    """A running broker. A test that stops or kills a broker starts its own."""
    with EmbeddedKafka() as broker:
        yield broker


@pytest.fixture
def deploy(tmp_path: Path) -> Iterator[Deploy]:
    """Makes deployments with these settings, each on a broker of its own; workers and brokers end with the test."""
    made: list[tuple[EmbeddedKafka, Deployment]] = []

    def make(engine: str = "transactional", **settings: str) -> Deployment:
        broker = EmbeddedKafka().start()
        deployment = Deployment(broker.bootstrap_servers, tmp_path, engine, settings=settings)
        made.append((broker, deployment))
        return deployment

    yield make
    for broker, deployment in made:
        deployment.close()
        broker.stop()


@pytest.fixture(scope="session")
def stream() -> list[scenario.Event]:
    """20,000 real purchases."""
    return scenario.events(20_000)


@pytest.fixture(scope="session")
def segment_model(stream: list[scenario.Event], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A segment model made from the first half of the stream."""
    path = tmp_path_factory.mktemp("model") / "segment-model.json"
    scenario.make_segment_model(stream[:12_000], path)
    return path
