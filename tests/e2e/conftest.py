"""One real broker for the whole ring. Each deployment has a topic prefix of its own on it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from stream.devkafka import EmbeddedKafka
from stream.kafka.connection import Connection
from tests.e2e import scenario
from tests.e2e.deployment import Deployment, delete_topics

Deploy = Callable[..., Deployment]


@pytest.fixture(scope="session")
def kafka() -> Iterator[EmbeddedKafka]:
    """A running broker for all tests but those that stop or kill a broker."""
    with EmbeddedKafka(heap_mb=512) as broker:
        yield broker


@pytest.fixture
def connection(kafka: EmbeddedKafka) -> Iterator[Connection]:
    """A connection whose names no other test uses. Its topics are deleted after the test."""
    connection = fresh_connection(kafka)
    yield connection
    delete_topics(connection)


@pytest.fixture
def deploy(kafka: EmbeddedKafka, tmp_path: Path) -> Iterator[Deploy]:
    """Make deployments with these settings, each under a prefix of its own. They end with the test."""
    made: list[Deployment] = []

    def make(engine: str = "transactional", n_partitions: int = 4, **settings: str) -> Deployment:
        connection = fresh_connection(kafka)
        folder = tmp_path / connection.topic_prefix
        folder.mkdir()
        made.append(Deployment(connection, folder, engine, n_partitions=n_partitions, settings=settings))
        return made[-1]

    yield make
    for deployment in made:
        deployment.close()


def fresh_connection(kafka: EmbeddedKafka) -> Connection:
    """Return a connection to the broker under a new prefix."""
    return Connection(kafka.bootstrap_servers, topic_prefix=f"{uuid4().hex[:8]}.")


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
