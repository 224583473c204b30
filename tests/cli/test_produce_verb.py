"""`segue produce` before it sends: what it would send, and what is not there."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import cast

import pytest

from stream.cli.produce import send
from stream.kafka.producer import EventProducer
from tests.bad_input import flat
from tests.cli.command_line import run

ABSENT = {"SEGUE_BOOTSTRAP_SERVERS": "127.0.0.1:1"}  # a port that no broker has


def test_a_dry_run_prints_the_first_events_as_they_would_be_sent(tmp_path: Path) -> None:
    rows = [f"{user},2026-01-{user + 1:02},red shoes" for user in range(20)]
    (tmp_path / "orders.csv").write_text("\n".join(["customer,date,title", *rows, ",2026-01-01,blue"]))
    done = run(tmp_path, "produce", "orders.csv", "--dry-run", env=ABSENT)
    assert done.exit_code == 0
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["user_id"] for event in events] == [str(user) for user in range(10)]
    assert "read customer as user_id, date as timestamp, title as text" in done.stderr
    assert "20 events in a dry run, none sent; 1 would be refused by a worker, and were not sent" in done.stderr
    assert "1 missing_user, such as line 22" in done.stderr


def test_a_file_of_which_nothing_can_be_used_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_bytes(b"nonsense\n" * 3)
    done = run(tmp_path, "produce", "events.jsonl", "--dry-run")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "3 not_json, such as line 1" in done.stderr
    assert "no event of events.jsonl could be used" in done.stderr


def test_an_absent_broker_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_bytes(flat())
    done = run(tmp_path, "produce", "events.jsonl", env=ABSENT)
    assert done.exit_code == 1
    assert "no Kafka broker answers at 127.0.0.1:1" in done.stderr
    assert "segue kafka" in done.stderr


def test_a_stop_by_the_user_waits_for_what_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # of the test's own process

    class Stopped:
        n_sent, n_flushed = 0, 0

        def send(self, key: bytes | None, value: bytes | None) -> None:
            if self.n_sent == 2:
                raise KeyboardInterrupt
            self.n_sent += 1

        def flush(self) -> None:
            self.n_flushed += 1

    producer = Stopped()
    assert not send(cast(EventProducer, producer), iter([(b"7", flat())] * 5), 0)
    assert (producer.n_sent, producer.n_flushed) == (2, 1)
