"""One real broker for the whole ring: tests keep apart by names, `fresh_name("events")`."""

from collections.abc import Iterator

import pytest

from stream.adapters.kafka_broker import EmbeddedKafka


@pytest.fixture(scope="session")
def kafka() -> Iterator[EmbeddedKafka]:
    """A running broker. A test that stops or kills a broker starts its own."""
    with EmbeddedKafka() as broker:
        yield broker
