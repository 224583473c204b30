"""A real cluster of three brokers: what it replicates, and what it survives."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from stream.devkafka import EmbeddedCluster, EmbeddedKafkaError
from tests.e2e.test_embedded_kafka import processes_naming, read, write
from tests.e2e.waiting import DEADLINE_S, eventually

FreshName = Callable[[str], str]


@pytest.fixture(scope="module")
def cluster() -> Iterator[EmbeddedCluster]:
    with EmbeddedCluster() as running:
        yield running


def in_sync(cluster: EmbeddedCluster, topic: str) -> list[int]:
    """The smallest number of replicas in sync, of every partition of the topic."""
    admin = AdminClient({"bootstrap.servers": cluster.bootstrap_servers, "log_level": 0})
    return [len(p.isrs) for p in admin.list_topics(topic, timeout=DEADLINE_S).topics[topic].partitions.values()]


def replicated_topic(cluster: EmbeddedCluster, name: str) -> str:
    admin = AdminClient({"bootstrap.servers": cluster.bootstrap_servers, "log_level": 0})
    admin.create_topics([NewTopic(name, 1, 3)])[name].result(DEADLINE_S)
    return name


def test_what_was_acknowledged_survives_the_death_of_any_one_broker(
    cluster: EmbeddedCluster, fresh_name: FreshName
) -> None:
    topic = replicated_topic(cluster, fresh_name("kept"))
    expected: list[bytes] = []
    for at in range(cluster.n_brokers):
        eventually(lambda: in_sync(cluster, topic) == [3], "three replicas in sync")
        expected.append(b"%d" % at)
        write(cluster.bootstrap_servers, topic, expected[-1:])
        cluster.nodes[at].kill()
        assert cluster.n_running() == 2
        assert read(cluster.bootstrap_servers, topic, len(expected)) == expected
        cluster.restart(at)
    assert cluster.n_running() == 3


def test_topics_of_groups_and_transactions_have_three_replicas(cluster: EmbeddedCluster, fresh_name: FreshName) -> None:
    topic = replicated_topic(cluster, fresh_name("values"))
    own = {"bootstrap.servers": cluster.bootstrap_servers, "transactional.id": fresh_name("writer"), "log_level": 0}
    producer = Producer(own)
    producer.init_transactions(DEADLINE_S)
    producer.begin_transaction()
    producer.produce(topic, b"committed")
    producer.commit_transaction(DEADLINE_S)
    eventually(lambda: set(in_sync(cluster, "__transaction_state")) == {3}, "the transactions are replicated")


def test_a_paused_broker_is_not_waited_for(cluster: EmbeddedCluster, fresh_name: FreshName) -> None:
    topic = replicated_topic(cluster, fresh_name("kept"))
    eventually(lambda: in_sync(cluster, topic) == [3], "three replicas in sync")
    cluster.nodes[0].pause()
    try:
        write(cluster.bootstrap_servers, topic, [b"meanwhile"])
    finally:
        cluster.nodes[0].resume()
    eventually(lambda: in_sync(cluster, topic) == [3], "three replicas in sync again")
    assert read(cluster.bootstrap_servers, topic, 1) == [b"meanwhile"]


def test_the_folder_of_another_number_of_brokers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cluster" / "broker-1" / "data").mkdir(parents=True)
    with pytest.raises(EmbeddedKafkaError, match="has the data of 1 brokers: start it with --brokers 1"):
        EmbeddedCluster(3, tmp_path / "cluster").start()
    (tmp_path / "single" / "data").mkdir(parents=True)
    with pytest.raises(EmbeddedKafkaError, match="has the data of a single broker"):
        EmbeddedCluster(3, tmp_path / "single").start()


def test_the_command_runs_several_brokers_and_leaves_nothing_behind() -> None:
    listens = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    script = f"{listens}; from stream.cli.kafka import kafka; kafka()"
    command = [sys.executable, "-c", script, "--brokers", "2", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        line = running.stdout.readline()
        found = re.search(r"SEGUE_BOOTSTRAP_SERVERS=(127\.0\.0\.1:\d+,127\.0\.0\.1:\d+) .* in (\S+), removed", line)
        assert found, line
        running.send_signal(signal.SIGINT)
        assert running.wait(DEADLINE_S) == 0
    folder = Path(found[2])
    eventually(lambda: processes_naming(folder) == [] and not folder.exists(), "no process and no folder are left")
