"""`segue dlq` on a real broker: letters of a real worker counted, shown, and sent again, each once."""

from __future__ import annotations

import json
from collections import Counter
from os import urandom
from pathlib import Path
from time import time
from typing import Any

import pytest
from confluent_kafka import Producer

from stream.kafka.admin import create_topics
from stream.kafka.connection import Connection
from stream.kafka.producer import ProduceError
from stream.kafka.reader import reading
from stream.kafka.redriver import Redrive, Redriver, read_marks
from stream.wire.redriving import Mark, dead_letter_of, mark_of, message_of
from stream.wire.topics import DEAD_LETTERS, USER_EVENTS
from tests.cli.command_line import run
from tests.e2e.conftest import Deploy
from tests.e2e.deployment import Deployment
from tests.e2e.waiting import eventually

NOW_MS = int(time() * 1000)


def event(user: str, **fields: Any) -> bytes:
    return json.dumps({"user_id": user, "text": "red shoes", "timestamp": NOW_MS} | fields).encode()


BAD = [
    (b"8", event("7")),  # key_mismatch
    (None, event("9")),  # missing_key
    (b"7", event("7", timestamp="yesterday")),
    (b"7", b"\x1b[31m{"),
    (b"7", event("7", timestamp=NOW_MS + 30 * 86_400_000)),
]


def segue(connection: Connection, folder: Path, *words: str) -> str:
    """Standard output of a verb that succeeds."""
    env = {"SEGUE_BOOTSTRAP_SERVERS": connection.bootstrap_servers, "SEGUE_TOPIC_PREFIX": connection.topic_prefix}
    done = run(folder, *words, env=env)
    assert done.exit_code == 0, done.output
    return done.stdout


def by_reason(connection: Connection, folder: Path) -> dict[str, tuple[int, int]]:
    """Letters, and those sent again, by reason."""
    rows = [json.loads(line) for line in segue(connection, folder, "dlq", "list", "--json").splitlines()]
    return {row["reason"]: (row["n_letters"], row["n_sent_again"]) for row in rows}


def await_letters(deployment: Deployment, folder: Path, n: int) -> None:
    """Wait until the worker has refused so many records."""
    eventually(
        lambda: sum(letters for letters, _ in by_reason(deployment.connection, folder).values()) == n, f"{n} letters"
    )


def test_letters_are_counted_shown_and_sent_again_once(deploy: Deploy, tmp_path: Path) -> None:
    deployment = deploy()
    connection = deployment.connection
    assert segue(connection, tmp_path, "dlq", "list") == "no dead letters\n"
    deployment.start_worker("one")
    deployment.send(BAD)
    await_letters(deployment, tmp_path, len(BAD))
    reasons = dict.fromkeys(("key_mismatch", "missing_key", "bad_timestamp", "not_json", "timestamp_ahead"), (1, 0))
    assert by_reason(connection, tmp_path) == reasons

    listed = segue(connection, tmp_path, "dlq", "list", "--reason", "not_json")
    assert listed.splitlines()[-1] == "1 letters"
    offset = json.loads(segue(connection, tmp_path, "dlq", "list", "--reason", "not_json", "--json"))["example_offset"]
    shown = segue(connection, tmp_path, "dlq", "show", str(offset))
    assert r"value      \x1b[31m{" in shown
    assert "\x1b" not in shown
    assert segue(connection, tmp_path, "dlq", "show", str(offset), "--raw") == "\x1b[31m{"
    assert "would be sent again" in segue(connection, tmp_path, "dlq", "redrive", "--rekey", "--dry-run")
    assert by_reason(connection, tmp_path) == reasons, "a dry run marks nothing"

    done = segue(connection, tmp_path, "dlq", "redrive", "--rekey").splitlines()
    assert done[1:3] == ["        2 sent again", "        3 not sent: would be refused again (--unchecked)"]
    again = segue(connection, tmp_path, "dlq", "redrive", "--rekey").splitlines()
    assert again[1:3] == ["        0 sent again", "        2 not sent: sent again before (--again)"]
    with reading(connection, USER_EVENTS) as reader:
        sent = [read for read in reader.to_end() if ("segue.redriven", b"1") in read.headers]
    assert Counter((read.key, read.value) for read in sent) == Counter([(b"7", BAD[0][1]), (b"9", BAD[1][1])])
    home = {read.key: read.partition for read in sent}
    deployment.send([(b"7", event("7")), (b"9", event("9"))])
    with reading(connection, USER_EVENTS) as reader:
        assert {read.key: read.partition for read in reader.to_end() if read.key in home} == home


def test_a_message_that_is_refused_once_more_comes_back_with_a_count_and_stays(deploy: Deploy, tmp_path: Path) -> None:
    deployment = deploy()
    connection = deployment.connection
    deployment.start_worker("one")
    deployment.send([(b"7", b"{")])
    await_letters(deployment, tmp_path, 1)
    for n in (1, 2):
        redriven = segue(connection, tmp_path, "dlq", "redrive", "--unchecked", *(["--again"] if n > 1 else []))
        assert f"{n} sent again" in redriven
        await_letters(deployment, tmp_path, 2 if n == 1 else 4)
    with reading(connection, DEAD_LETTERS) as reader:
        counts = [dict(read.headers).get("segue.redriven", b"0") for read in reader.to_end()]
    assert counts == [b"0", b"1", b"1", b"2"]
    left = segue(connection, tmp_path, "dlq", "redrive", "--unchecked").splitlines()
    assert left[1] == "        0 sent again", "no run without --again goes round"


@pytest.fixture
def topics(connection: Connection) -> Connection:
    """A connection with a deployment's topics, all empty."""
    create_topics(connection, "segue", 2, 1)
    return connection


def redrive_of(offset: int, value: bytes) -> Redrive:
    letter = dead_letter_of(offset, 1_000, b"7", value, [])
    return Redrive(message_of(letter), mark_of(letter, "segue"))


def test_messages_and_marks_are_sent_together_and_one_too_large_is_left_alone(topics: Connection) -> None:
    noise = bytes(at * at * 31 % 251 for at in range(2_000_000))  # periodic: it fits once compressed

    sent = list(
        Redriver(topics, "segue").send([redrive_of(1, b"a"), redrive_of(2, urandom(2_000_000)), redrive_of(3, noise)])
    )
    assert sent == [True, False, True]
    assert read_marks(topics, "segue") == {Mark(1, 1_000), Mark(3, 1_000)}
    with reading(topics, USER_EVENTS) as reader:
        assert [read.value for read in reader.to_end()] == [b"a", noise]


def test_a_second_redrive_ends_the_first_before_it_can_send_anything_twice(topics: Connection) -> None:
    first = Redriver(topics, "segue")
    second = Redriver(topics, "segue")
    with pytest.raises(ProduceError, match="another redrive of this group has begun"):
        list(first.send([redrive_of(1, b"a")]))
    assert list(second.send([redrive_of(1, b"a")])) == [True]
    assert read_marks(topics, "segue") == {Mark(1, 1_000)}


def test_a_redrive_that_dies_leaves_nothing(topics: Connection) -> None:
    died = Producer(topics.confluent() | {"transactional.id": topics.namespace.qualify("segue-dlq")})
    died.init_transactions(30)
    died.begin_transaction()
    died.produce(topics.namespace.qualify(USER_EVENTS), b"half", b"7")
    died.flush(30)
    Redriver(topics, "segue")
    with reading(topics, USER_EVENTS) as reader:
        assert [read.value for read in reader.to_end()] == []
