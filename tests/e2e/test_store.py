"""A store over a real broker: its figures are those on the topics, whatever happens to follower, topics and broker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from confluent_kafka import Producer
from kafka.admin import KafkaAdminClient, NewPartitions

from stream.devkafka import EmbeddedKafka
from stream.kafka.admin import create_topics
from stream.kafka.connection import Connection
from stream.kafka.reader import Read
from stream.store.errors import StoreBusyError, StoreError
from stream.store.follower import TopicFollower
from stream.store.freshness import State
from stream.store.queries.flows import flows
from stream.store.queries.live import latest_changes
from stream.store.queries.positions import positions
from stream.store.queries.segments import segment_rows
from stream.store.queries.users import user_record
from stream.store.replayed import ReplayedStore
from stream.store.store import open_store
from stream.wire.topics import SEGMENT_CHANGES, USER_PROFILES, USER_SEGMENTS
from tests.e2e.conftest import fresh_connection
from tests.e2e.deployment import GROUP, Deployment, delete_topics
from tests.e2e.waiting import eventually
from tests.published_records import published_records
from tests.store.dump import dump
from tests.store.streams import USERS, Stream

ALWAYS = 1 << 50
LOGICAL = ("users", "sizes", "names", "changes", "hours", "texts", "reasons", "events", "models")


def random_stream(n: int, seed: int = 0) -> list[Read]:
    """The records of n steps: moves, erasures, repeats, moves to another partition, and odd bytes."""
    random, stream = Random(seed), Stream()
    for _ in range(n):
        step = random.choices(["move", "again", "erase", "grow"], [20, 2, 2, 2])[0]
        getattr(stream, step)(random.choice(USERS), f"s-000{random.randint(1, 4)}", random.choice(["milk", "bread"]))
    stream.log.add(SEGMENT_CHANGES, "ann", b"no JSON")
    return stream.log.reads


def send(connection: Connection, reads: Sequence[Read], name: str = "t") -> None:
    """Send records to their partitions in two transactions, after one that is aborted."""
    producer = Producer(connection.confluent() | {"transactional.id": connection.namespace.qualify(name)})
    producer.init_transactions(30)
    half = len(reads) // 2
    for part, commits in ((reads[:5], False), (reads[:half], True), (reads[half:], True)):
        producer.begin_transaction()
        for read in part:
            topic = connection.namespace.qualify(read.topic)
            producer.produce(topic, read.value, read.key, partition=read.partition, headers=[*read.headers])
            producer.flush(30)
        (producer.commit_transaction if commits else producer.abort_transaction)(30)


def published() -> list[Read]:
    """What the real jobs publish on all topics."""
    return [Read(m.topic, 0, 0, 0, m.key, m.value, m.headers) for m in published_records()]


@contextmanager
def followed(connection: Connection, path: Path) -> Iterator[TopicFollower]:
    """Follow the topics within the block."""
    follower = TopicFollower(connection, path)
    follower.start()
    try:
        yield follower
    finally:
        follower.stop()


def await_all(follower: TopicFollower, deployment: Deployment, path: Path) -> None:
    """Wait until the store's positions are the topics' ends, by another client."""
    ends = {t: {m.partition: m.offset + 1 for m in deployment.messages(t)} for t in (SEGMENT_CHANGES, USER_SEGMENTS)}

    def is_there() -> bool:
        with closing(open_store(path)) as store:
            found = {(each.topic, each.partition): each.next_offset for each in positions(store)}
        return all(found.get((t, p), 0) >= end for t, by in ends.items() for p, end in by.items())

    eventually(is_there, f"all records in the store: {follower.freshness()}")
    eventually(lambda: follower.freshness().state == State.LIVE, f"a live store: {follower.freshness()}")


def counted(deployment: Deployment) -> dict[str, Any]:
    """Users by segment, changes by pair of segments, and changes by text, counted from the topics."""
    erased_ms: dict[bytes, int] = {}
    users: dict[bytes, tuple[int, bytes]] = {}
    for message in sorted(deployment.messages(USER_SEGMENTS), key=lambda m: (m.timestamp, m.offset)):
        if message.value is None and not message.headers:
            users.pop(message.key, None)
            erased_ms[message.key] = message.timestamp
        elif message.value is not None:
            users[message.key] = message.timestamp, message.value
    pairs, texts, seen = Counter[tuple[str, str]](), Counter[str](), set[str]()
    for message in deployment.messages(SEGMENT_CHANGES):
        if message.value == b"no JSON" or message.timestamp <= erased_ms.get(message.key, -1):
            continue
        value = msgspec.json.decode(message.value)
        identity = f"{value['user']}|{value['sequence']}|{value['decision_time_ms']}"
        if identity not in seen:
            seen.add(identity)
            pairs[value["from"]["id"], value["to"]["id"]] += 1
            texts.update(item["text"] for item in value["evidence"]["items"])
    sizes = Counter(msgspec.json.decode(value)["segment"]["id"] for _, value in users.values())
    return {"sizes": sizes, "pairs": pairs, "texts": texts, "records": {k: v for k, (_, v) in users.items()}}


def in_store(path: Path) -> dict[str, Any]:
    """The same figures by the store's queries."""
    with closing(open_store(path)) as store:
        found = flows(store, 0, ALWAYS, n_reasons=1_000)
        texts = Counter[str]()
        for flow in found:
            texts.update({reason.text: reason.n_changes for reason in flow.reasons if reason.kind == "item"})
        return {
            "sizes": Counter({row.id: row.n_users for row in segment_rows(store) if row.n_users}),
            "pairs": Counter({(flow.from_id, flow.to_id): flow.n_changes for flow in found}),
            "texts": texts,
            "records": {user.encode(): value for user in USERS if (value := user_record(store, user))},
        }


def test_the_figures_are_those_on_the_topics(kafka: EmbeddedKafka, tmp_path: Path) -> None:
    connection, path = fresh_connection(kafka), tmp_path / "store.db"
    with followed(connection, path) as follower:
        eventually(lambda: follower.freshness().state == State.NO_TOPICS, "no topics yet")
        assert "segue topics create" in follower.freshness().reason
        deployment = Deployment(connection, tmp_path, n_partitions=2)
        eventually(lambda: follower.freshness().state == State.LIVE, "an empty system is live")
        send(connection, random_stream(120))
        await_all(follower, deployment, path)
        assert in_store(path) == counted(deployment)
        assert "1 records could not be read" in follower.freshness().reason
        with followed(connection, tmp_path / "second.db") as second:
            await_all(second, deployment, tmp_path / "second.db")
            ours, theirs = dump(path), dump(tmp_path / "second.db")
            assert {name: ours[name] for name in LOGICAL} == {name: theirs[name] for name in LOGICAL}
        with pytest.raises(StoreBusyError, match="SEGUE_STORE"):
            TopicFollower(connection, path)
    before = follower.freshness().revision
    with followed(connection, path) as again:  # a restart goes on where it stopped
        eventually(lambda: again.freshness().state == State.LIVE, "live after a restart")
        assert again.freshness().revision == before
    deployment.close()


def test_a_topic_made_again_is_read_anew_and_new_partitions_too(kafka: EmbeddedKafka, tmp_path: Path) -> None:
    connection, path = fresh_connection(kafka), tmp_path / "store.db"
    deployment = Deployment(connection, tmp_path, n_partitions=1)
    send(connection, published())
    with followed(connection, path) as follower:
        await_all(follower, deployment, path)
        with closing(KafkaAdminClient(**connection.kafka_python())) as admin:
            topics = [connection.namespace.qualify(each) for each in (SEGMENT_CHANGES, USER_PROFILES, USER_SEGMENTS)]
            admin.delete_topics(topics)
            eventually(lambda: not set(topics) & set(admin.list_topics()), "the topics are deleted")
            create_topics(connection, GROUP, 1, 1)
            admin.create_partitions({topic: NewPartitions(2) for topic in topics})
        send(connection, random_stream(40), "after")
        await_all(follower, deployment, path)
        assert in_store(path) == counted(deployment)
    deployment.close()


def test_a_store_follows_across_a_restart_of_the_broker(tmp_path: Path) -> None:
    with EmbeddedKafka(tmp_path / "kafka", heap_mb=256) as broker:
        connection, path = Connection(broker.bootstrap_servers, topic_prefix="r."), tmp_path / "store.db"
        deployment = Deployment(connection, tmp_path, n_partitions=2)
        reads = random_stream(60)
        send(connection, reads[:60])
        with followed(connection, path) as follower:
            await_all(follower, deployment, path)
            broker.stop()
            lost = eventually(lambda: _in_state(follower, State.RECONNECTING), "the broker is missed")
            assert "SEGUE_BOOTSTRAP_SERVERS" in lost.reason
            with closing(open_store(path)) as store:  # figures are there all the time
                assert latest_changes(store, 0, 1)
            broker.start()
            send(connection, reads[60:], "after")
            await_all(follower, deployment, path)
            assert in_store(path) == counted(deployment)
        delete_topics(connection)


def test_the_store_of_a_replay_is_not_mixed_with_topics(tmp_path: Path) -> None:
    ReplayedStore(tmp_path / "run.db").close()
    with pytest.raises(StoreError, match="replay"):
        TopicFollower(Connection("127.0.0.1:9"), tmp_path / "run.db")


def _in_state(follower: TopicFollower, state: State) -> Any:
    freshness = follower.freshness()
    return freshness if freshness.state == state else None
