"""Peers decide as they are described: the nearest centroid of the mean of a user's last items."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np
import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from bench.harness.deployment import N_PARTITIONS, Deployment
from bench.speed.peer import Peer
from bench.speed.peer_programs.kafka_loop import Purchase, decoder
from bench.speed.peer_programs.predict_loop import Segmenter
from bench.speed.peer_programs.task import Known, Task, segment_name
from bench.speed.quix_python import make_quix_python
from stream.core.policy import Policy
from stream.devkafka import EmbeddedKafka
from stream.kafka.connection import Connection

N_EVENTS, N_USERS = 3_000, 40
DURABLE = Peer("predict_loop", True)


def known() -> Known:
    """Return 30 texts with random vectors, and 5 centroids."""
    rng = np.random.default_rng(1)
    texts = [f"text {number}" for number in range(30)]
    vectors, centroids = rng.normal(size=(30, 8)), rng.normal(size=(5, 8)) / 4
    return Known(texts, vectors.astype(np.float32), centroids.astype(np.float32))


def events() -> list[tuple[bytes, bytes]]:
    """Return events of random users with random texts."""
    rng = np.random.default_rng(2)
    users, texts = rng.integers(0, N_USERS, N_EVENTS), rng.integers(0, 30, N_EVENTS)
    return [
        (
            str(user).encode(),
            msgspec.json.encode({"user_id": str(user), "timestamp": at, "text": f"text {text}", "kind": "view"}),
        )
        for at, (user, text) in enumerate(zip(users.tolist(), texts.tolist(), strict=True))
    ]


EVENTS = events()


def last_segments(known: Known, purchases: list[Purchase], n_items: int) -> dict[str, int]:
    """Return the segment of each user after all events, computed from the whole history."""
    found, numbers = {}, known.numbers()
    for user in {purchase.user_id for purchase in purchases}:
        rows = [numbers[purchase.text] for purchase in purchases if purchase.user_id == user][-n_items:]
        mean = known.vectors[rows].astype(np.float64).mean(axis=0)
        found[user] = int(((known.centroids - mean) ** 2).sum(axis=1).argmin())
    return found


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_the_loop_with_predict_takes_the_nearest_centroid_of_the_last_items(size: int) -> None:
    purchases = [decoder.decode(value) for _, value in EVENTS]
    segmenter = Segmenter(known(), 32)
    for at in range(0, len(purchases), size):
        touched = segmenter.take(purchases[at : at + size])
        for user, segment in zip(touched.values(), segmenter.nearest(touched), strict=True):
            user.segment = segment
    found = {name: user.segment for name, user in segmenter.users.items()}
    assert found == last_segments(known(), purchases, 32)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Yield a broker with all events. The durable peer of the group `stopped` has seen the first half."""
    folder = tmp_path_factory.mktemp("peers")
    known().write(folder)
    with EmbeddedKafka(heap_mb=512) as broker:
        made = Deployment(Connection(broker.bootstrap_servers), folder)
        made.create_topics("peers")
        made.send(EVENTS[: N_EVENTS // 2])
        DURABLE.readings(made, DURABLE.prepare(made, "stopped"), N_EVENTS // 2)
        made.send(EVENTS[N_EVENTS // 2 :])
        yield made


def published(target: Deployment, topic: str) -> dict[str, str]:
    """Return the last published segment of each user."""
    found: dict[str, str] = {}
    consumer = Consumer(target.connection.confluent() | {"group.id": "test", "enable.partition.eof": True})
    consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in range(N_PARTITIONS)])
    n_ended = 0
    while n_ended < N_PARTITIONS:
        for message in consumer.consume(1_000, timeout=1.0):
            if (error := message.error()) is not None:
                assert error.code() == KafkaError._PARTITION_EOF
                n_ended += 1
                continue
            change = msgspec.json.decode(message.value() or b"")
            assert found.get(change["user"]) == change["from"]
            found[change["user"]] = change["to"]
    consumer.close()
    return found


def publishes(target: Deployment, peer: Peer, task: Task) -> None:
    """Assert that the last changes of a peer are the segments after all events."""
    assert peer.readings(target, task, N_EVENTS)[-1][1] >= N_EVENTS
    expected = last_segments(known(), [decoder.decode(value) for _, value in EVENTS], Policy().window_items)
    assert published(target, task.changes) == {user: segment_name(row) for user, row in expected.items()}


def test_the_loop_with_a_changelog_keeps_its_windows_over_a_restart(target: Deployment) -> None:
    publishes(target, DURABLE, Task.read(target.folder, "stopped"))


def test_numpy_for_each_event_publishes_the_segment_of_each_user(target: Deployment) -> None:
    peer = Peer("numpy_loop", False)
    publishes(target, peer, peer.prepare(target, "numpy"))


@pytest.mark.chaos
def test_quix_streams_publishes_the_segment_of_each_user(target: Deployment) -> None:
    python = make_quix_python()
    assert python is not None
    peer = Peer("quix", True, python)
    publishes(target, peer, peer.prepare(target, "quix"))
