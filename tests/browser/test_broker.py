"""A page over a real broker: its figures are those on the topics, also after a restart of the broker under it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time

import msgspec
from confluent_kafka import Consumer, Producer, TopicPartition
from starlette.types import ASGIApp

from stream.devkafka import EmbeddedKafka
from stream.kafka.admin import create_topics
from stream.kafka.connection import Connection
from stream.serve.app import build_app
from stream.serve.parts import Parts
from stream.settings import ServeSettings
from stream.store.follower import TopicFollower
from stream.web.figures import count
from stream.wire.memberships import UserSegment
from stream.wire.records import ProducerRecord
from stream.wire.topics import USER_SEGMENTS
from tests.browser.conftest import OpenPage
from tests.browser.dashboard import IDENTITY, messages_of
from tests.browser.server import serving
from tests.browser.watched import Watched
from tests.e2e.waiting import eventually
from tests.serve.pages.records import T0, change
from tests.serve.pages.stored import records

SEGMENTS_SHOWN = ("s-0001", "s-0002", "s-0003", "unknown", "inactive")


def send(broker: EmbeddedKafka, messages: Iterable[ProducerRecord]) -> None:
    """Send messages as they are."""
    producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "linger.ms": 5})
    for message in messages:
        producer.produce(message.topic, message.value, message.key)
    assert producer.flush(60) == 0


def sizes_on_topic(broker: EmbeddedKafka) -> dict[str, str]:
    """Count the users of each segment as a consumer of `user-segments` does that knows nothing of Segue's code."""
    consumer = Consumer({"bootstrap.servers": broker.bootstrap_servers, "group.id": "counting"})
    partitions = consumer.list_topics(USER_SEGMENTS, 30).topics[USER_SEGMENTS].partitions
    consumer.assign([TopicPartition(USER_SEGMENTS, each, 0) for each in partitions])
    ends = [consumer.get_watermark_offsets(TopicPartition(USER_SEGMENTS, each), 30)[1] for each in partitions]
    segments: dict[bytes, str] = {}
    for _ in range(sum(ends)):
        message = consumer.poll(30)
        assert message is not None
        assert message.error() is None
        key, value = message.key(), message.value()
        assert isinstance(key, bytes)
        if value is None:
            segments.pop(key, None)
        else:
            segments[key] = msgspec.json.decode(value, type=UserSegment).segment.id
    consumer.close()
    found = Counter(segments.values())
    return {segment: count(found[segment]) for segment in SEGMENTS_SHOWN}


def sizes_shown(page: Watched) -> dict[str, str]:
    """Return the sizes that the page shows."""
    return {segment: page.text(f'[data-live="segment:{segment}:n_users"]') for segment in SEGMENTS_SHOWN}


@contextmanager
def following(connection: Connection, path: Path) -> Iterator[str]:
    """Serve a dashboard that follows the topics; yield its address."""
    follower = TopicFollower(connection, path)
    follower.start()

    def app(is_stopping: Callable[[], bool]) -> ASGIApp:
        clock_ms = lambda: int(time() * 1000)  # noqa: E731
        parts = Parts(path, follower.freshness, ServeSettings(), IDENTITY, clock_ms, is_stopping=is_stopping)
        return build_app(parts)

    with serving(app) as address:
        yield address
    follower.stop()


def test_figures_are_those_on_the_topics_and_a_restart_of_the_broker_heals(tmp_path: Path, open_page: OpenPage) -> None:
    broker = EmbeddedKafka(tmp_path / "kafka", heap_mb=256).start()
    try:
        connection = Connection(broker.bootstrap_servers)
        create_topics(connection, "segue", 2, 1)
        send(broker, records())
        with following(connection, tmp_path / "followed.store") as address:
            eventually(lambda: (tmp_path / "followed.store").exists(), "the store is there")
            page = open_page(f"{address}/segments")
            expected = sizes_on_topic(broker)
            eventually(lambda: sizes_shown(page) == expected, "the page shows what the topic has")
            page.wait_state("live")
            broker.stop()
            page.wait_state("reconnecting", "stale")
            assert sizes_shown(page) == expected
            broker = EmbeddedKafka(tmp_path / "kafka", broker.port, heap_mb=256).start()
            page.wait_state("live")
            moved = [change(f"after-{n}", 1, "pending", "s-0003", T0 + 50 + n) for n in range(7)]
            send(broker, (message for each in moved for message in messages_of(each)))
            after = sizes_on_topic(broker)
            assert after != expected
            eventually(lambda: sizes_shown(page) == after, "the open page shows the new sizes")
    finally:
        broker.stop()
