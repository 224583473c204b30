"""A real broker: what it serves, what it keeps, and that nothing of it is left behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from kafka import KafkaConsumer, TopicPartition

from stream.devkafka import BrokerStartError, EmbeddedKafka, PortTakenError, broker, ports
from tests.e2e.waiting import DEADLINE_S, eventually

FreshName = Callable[[str], str]


def create_topic(address: str, topic: str) -> None:
    client = AdminClient({"bootstrap.servers": address, "log_level": 0})
    client.create_topics([NewTopic(topic, 1, 1)])[topic].result(DEADLINE_S)


def write(address: str, topic: str, values: list[bytes]) -> None:
    producer = Producer({"bootstrap.servers": address, "enable.idempotence": True, "log_level": 0})
    for value in values:
        producer.produce(topic, value)
    assert producer.flush(DEADLINE_S) == 0


def read(address: str, topic: str, n: int) -> list[bytes]:
    """The first n values, by a client that shares no code with the writer."""
    consumer = KafkaConsumer(bootstrap_servers=address, auto_offset_reset="earliest", enable_auto_commit=False)
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    values: list[bytes] = []
    deadline_s = time.monotonic() + DEADLINE_S
    while len(values) < n and time.monotonic() < deadline_s:
        values += [record.value for record in consumer.poll(timeout_ms=200).get(partition, [])]
    consumer.close()
    return values


def processes_naming(folder: Path) -> list[int]:
    """The processes with `folder` on their command line: the JVM and its guard (Linux only, else none)."""
    return [
        int(path.parent.name) for path in Path("/proc").glob("[0-9]*/cmdline") if str(folder).encode() in _content(path)
    ]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # the process has ended since
        return b""


def test_a_client_reads_the_records_of_another(kafka: EmbeddedKafka, fresh_name: FreshName) -> None:
    topic = fresh_name("values")
    create_topic(kafka.bootstrap_servers, topic)
    write(kafka.bootstrap_servers, topic, [b"1", b"2", b"3"])
    assert read(kafka.bootstrap_servers, topic, 3) == [b"1", b"2", b"3"]


def test_transactions_work_on_one_node(kafka: EmbeddedKafka, fresh_name: FreshName) -> None:
    topic = fresh_name("values")
    create_topic(kafka.bootstrap_servers, topic)
    producer = Producer(
        {"bootstrap.servers": kafka.bootstrap_servers, "transactional.id": fresh_name("writer"), "log_level": 0}
    )
    producer.init_transactions(DEADLINE_S)
    producer.begin_transaction()
    producer.produce(topic, b"committed")
    producer.commit_transaction(DEADLINE_S)
    assert read(kafka.bootstrap_servers, topic, 1) == [b"committed"]


def test_a_mistyped_topic_is_not_created(kafka: EmbeddedKafka, fresh_name: FreshName) -> None:
    topic = fresh_name("mistyped")
    client = AdminClient({"bootstrap.servers": kafka.bootstrap_servers, "log_level": 0})
    client.list_topics(topic, timeout=DEADLINE_S)
    assert topic not in client.list_topics(timeout=DEADLINE_S).topics


def test_data_survive_a_restart_a_crash_and_a_second_run(tmp_path: Path) -> None:
    data_dir = tmp_path / "kafka"
    with EmbeddedKafka(data_dir) as first:
        address, pid = first.bootstrap_servers, first.pid
        create_topic(address, "kept")
        write(address, "kept", [b"before the restart"])
        first.stop()
        first.start()
        assert first.pid != pid
        assert first.bootstrap_servers == address
        write(address, "kept", [b"before the crash"])
        os.kill(first.pid, signal.SIGKILL)
    assert processes_naming(data_dir) == []
    with EmbeddedKafka(data_dir) as second:
        assert read(second.bootstrap_servers, "kept", 2) == [b"before the restart", b"before the crash"]


def test_two_brokers_that_draw_the_same_ports_both_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both draw the same two ports first, as if neither had seen the other: one loses and draws again."""
    port, controller_port = ports.free_port(), ports.free_port()
    first_draws = {False: iter([port, port]), True: iter([controller_port, controller_port])}

    def draw(besides: Collection[int] = ()) -> int:
        return next(first_draws[bool(besides)], None) or ports.free_port(besides)

    monkeypatch.setattr(broker, "free_port", draw)
    brokers = [EmbeddedKafka(), EmbeddedKafka()]
    with ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        for each in brokers:
            stack.callback(each.stop)
        list(pool.map(EmbeddedKafka.start, brokers))
        for each in brokers:
            create_topic(each.bootstrap_servers, "own")
        assert len({each.pid for each in brokers}) == 2
        assert len({each.port for each in brokers} | {port}) == 2
    assert [each.folder.exists() for each in brokers] == [False, False]
    assert [processes_naming(each.folder) for each in brokers] == [[], []]


def test_a_port_in_use_is_refused_before_anything_starts() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        wanted = EmbeddedKafka(port=port)
        with pytest.raises(PortTakenError, match=f"port {port} on 127.0.0.1 is in use"):
            wanted.start()
    assert not wanted.folder.exists()


def test_a_broker_that_cannot_start_names_its_log_and_quotes_the_cause(tmp_path: Path) -> None:
    wrong = EmbeddedKafka(tmp_path / "kafka", properties={"log.retention.hours": "soon"})
    with pytest.raises(BrokerStartError, match=r"Invalid value soon for configuration log\.retention\.hours") as caught:
        wrong.start()
    assert str(wrong.log_path) in str(caught.value)
    assert wrong.log_path.exists()


def test_a_broker_that_is_too_slow_is_ended(tmp_path: Path) -> None:
    slow = EmbeddedKafka(tmp_path / "kafka", start_timeout_s=0.0)
    with pytest.raises(BrokerStartError, match="did not answer within 0 s"):
        slow.start()
    assert processes_naming(slow.folder) == []


@pytest.mark.parametrize(
    ("ending", "code"),
    [(signal.SIGINT, 0), (signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)],
    ids=["ctrl-c", "terminate", "kill -9"],
)
def test_every_end_of_the_command_leaves_no_process_and_no_folder(ending: signal.Signals, code: int) -> None:
    # tests in the background, and the processes that they start, ignore Ctrl-C
    listens = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    script = f"{listens}; from stream.cli.kafka import kafka; kafka()"
    with subprocess.Popen(
        [sys.executable, "-c", script, "--port", "0"], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as command:
        assert command.stdout is not None
        line = command.stdout.readline()
        found = re.search(r"SEGUE_BOOTSTRAP_SERVERS=127\.0\.0\.1:(\d+) .* in (\S+), removed at the end", line)
        assert found, line
        port, folder = int(found[1]), Path(found[2])
        assert not ports.is_free(port)
        os.killpg(command.pid, ending)  # the whole group, as a terminal does with Ctrl-C
        assert command.wait(DEADLINE_S) == code
    eventually(lambda: processes_naming(folder) == [] and not folder.exists(), "no process and no folder are left")
    assert ports.is_free(port)
