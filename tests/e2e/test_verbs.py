"""The verbs as a user types them, one after the other, on a real broker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stream import read_change
from stream.kafka.connection import Connection
from stream.kafka.producer import RecordProducer
from stream.kafka.reader import reading
from stream.wire.changes import change_line
from stream.wire.records import ProducerRecord
from stream.wire.topics import SEGMENT_CHANGES
from tests.e2e import scenario
from tests.e2e.conftest import Deploy
from tests.published_records import published_records


def segue(*arguments: str, **settings: str) -> str:
    """Standard output of a verb that must succeed."""
    done = ended(*arguments, **settings)
    assert done.returncode == 0, done.stderr
    return done.stdout


def ended(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A verb that has ended."""
    env = os.environ | {f"SEGUE_{name.upper()}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "stream.cli.main", *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def event_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("events") / "events.jsonl"
    path.write_bytes(b"".join((value or b"") + b"\n" for _, value in scenario.events(8_000)))
    return path


def test_the_path_from_a_file_to_the_changes(deploy: Deploy, segment_model: Path, event_file: Path) -> None:
    connection = deploy().connection
    settings = scenario.SETTINGS | {
        "bootstrap_servers": connection.bootstrap_servers,
        "topic_prefix": connection.topic_prefix,
        "segment_model": str(segment_model),
    }
    assert segue("topics", "create", "--group", "other", **settings).count("created") == 3
    assert segue("topics", "create", **settings) == "all topics exist\n"
    assert "user-events " in segue("topics", "describe", **settings)
    env = os.environ | {f"SEGUE_{name.upper()}": value for name, value in settings.items()} | {"SEGUE_HTTP_PORT": "0"}
    with subprocess.Popen([sys.executable, "-m", "stream.cli.main", "worker"], env=env) as worker:
        try:
            segue("produce", str(event_file), **settings)
            watched = segue("watch", "--json", "--from-beginning", "--limit", "50", **settings).splitlines()
            sentences = segue("watch", "--from-beginning", "--limit", "5", **settings).splitlines()
        finally:
            worker.terminate()
    assert worker.returncode == 0
    assert len({json.dumps(json.loads(line), sort_keys=True) for line in watched}) == 50
    assert len(sentences) == 5
    replayed = set(segue("replay", str(event_file), **settings).splitlines())
    assert set(watched) <= replayed
    assert set(sentences) <= {change_line(read_change(change.encode())) for change in replayed}


def test_a_replay_written_twice_is_the_same_to_the_byte(event_file: Path, tmp_path: Path) -> None:
    written = []
    for at in ("first", "second"):
        files = {name: tmp_path / f"{at}-{name}" for name in ("memberships", "model")}
        changes = segue(
            "replay",
            str(event_file),
            "--memberships",
            str(files["memberships"]),
            "--save-model",
            str(files["model"]),
            **scenario.SETTINGS,
        )
        written.append((changes, files["memberships"].read_bytes(), files["model"].read_bytes()))
    assert written[0] == written[1]
    assert all(written[0])


def test_watch_ends_once_nobody_reads_it_and_leaves_out_what_is_no_change(deploy: Deploy) -> None:
    deployment = deploy()
    odd = [b"\xff", b"\x1b[31mred", b"[" * 100_000, None]
    good = [record for record in published_records() if record.topic == SEGMENT_CHANGES]
    producer = RecordProducer(deployment.connection, SEGMENT_CHANGES)
    for value in odd:
        producer.send(ProducerRecord(SEGMENT_CHANGES, b"7", value, []))
    for record in good:
        producer.send(record)
    producer.flush()
    command = deployment.command("-m", "stream.cli.main", "watch", "--from-beginning", "--json")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as watching:
        assert watching.stdout is not None
        assert watching.stderr is not None
        lines = {watching.stdout.readline().strip() for _ in good}
        watching.stdout.close()
        told = watching.stderr.read().decode()
        assert watching.wait(60) == 0
    assert lines == {record.value for record in good}
    assert told.count("is left out: ") == 3
    assert "\x1b" not in told
    assert "Traceback" not in told


def test_a_table_is_produced_with_a_count_and_a_missing_topic_is_told(connection: Connection, tmp_path: Path) -> None:
    settings = {"bootstrap_servers": connection.bootstrap_servers, "topic_prefix": connection.topic_prefix}
    orders = tmp_path / "orders.csv"
    orders.write_text("customer_id;date;title;price\n8;02.01.2026;blue;59,90\n7;13.01.2026;red;1\n;01.01.2026;lost;2\n")
    missing = ended("produce", str(orders), **settings)
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "segue topics create" in missing.stderr
    segue("topics", "create", **settings)
    done = ended("produce", str(orders), **settings)
    assert done.returncode == 0
    assert "2 events sent; 1 would be refused by a worker, and were not sent" in done.stderr
    with reading(connection, "user-events") as reader:
        sent = [(read.key, json.loads(read.value or b"")) for read in reader.to_end()]
    assert sorted(sent) == [
        (b"7", {"user_id": "7", "timestamp": "2026-01-13", "text": "red", "amount": 1.0}),
        (b"8", {"user_id": "8", "timestamp": "2026-01-02", "text": "blue", "amount": 59.9}),
    ]
    assert "3 events sent; 1 will be refused" in ended("produce", str(orders), "--send-invalid", **settings).stderr
