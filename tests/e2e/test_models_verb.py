"""Segment models on a real broker: the model that workers serve, and the verbs that steer it."""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import time
from typing import Any

import msgspec
import pytest
from kafka.admin import KafkaAdminClient
from structlog.testing import capture_logs

from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving
from stream.kafka.admin import create_topics
from stream.kafka.broker_errors import TopicsError
from stream.kafka.connection import Connection
from stream.kafka.model_topic import ModelTopic
from stream.kafka.reader import reading
from stream.kafka.topic_watch import TopicWatch
from stream.wire.records import ProducerRecord
from stream.wire.segment_models import load_segment_model, model_message
from stream.wire.topics import SEGMENT_MODEL, SEGMENTS
from tests.cli.command_line import run
from tests.core.builders import word_model
from tests.core.planted import bits
from tests.e2e.trainer_part import AnsweringTrainer, Publisher, answers, promoted, published, tampered
from tests.e2e.waiting import eventually


@pytest.fixture
def connection(connection: Connection) -> Connection:
    """A connection with a deployment's topics, all empty."""
    create_topics(connection, "segue", 1, 1)
    return connection


@pytest.fixture
def publisher(connection: Connection) -> Publisher:
    return Publisher(connection)


def models_of(connection: Connection, model: SegmentModel, clock: str = "event") -> ModelTopic:
    """A worker's view, for the encoder and features of this model."""
    watch = TopicWatch(connection, [SEGMENT_MODEL], [])
    return ModelTopic(connection, watch, model.encoder, model.features, clock)


def caught_up(models: ModelTopic) -> Serving | None:
    """Return the serving model at the present end of the topic."""

    def at_end() -> bool:
        models.newest()
        return models.is_caught_up()

    eventually(at_end, "the end of the topic")
    return models.newest()


def version(models: ModelTopic) -> int | None:
    """Return the version of the serving model; None without one."""
    serving = models.newest()
    return serving.model.version if serving else None


def test_workers_serve_the_last_promoted_model_or_the_previous_one_if_it_is_unusable(
    connection: Connection, publisher: Publisher
) -> None:
    with closing(models_of(connection, word_model())) as models, capture_logs() as logs:
        assert caught_up(models) is None
        publisher.begin(*promoted(1, 0))
        publisher.abort()
        publisher.publish(*(m for at in range(1, 11) for m in promoted(at, at - 1)))
        eventually(lambda: version(models) == 10, "ten promotions")

        publisher.begin(*promoted(11, 10, ramp_ms=60_000))
        assert {version(models) for _ in range(50)} == {10}
        publisher.commit()
        eventually(lambda: version(models) == 11, "the transaction is committed")
        serving = models.newest()
        assert serving is not None
        assert serving.previous is not None
        assert (serving.previous.version, serving.since_ms, serving.ramp_ms) == (10, 1_000, 60_000)

        model, *decision = promoted(12, 11)
        publisher.publish(
            *(ProducerRecord(SEGMENT_MODEL, b"%d" % at, None, []) for at in range(1, 10)), tampered(model)
        )
        publisher.publish(*decision)
        eventually(lambda: version(models) == 11 and len(errors(logs)) == 2, "the log says so")
        assert errors(logs) == [("segment model refused", None), ("segment model can not serve", 12)]
    with closing(models_of(connection, word_model())) as late:
        assert bits(caught_up(late)) == bits(serving)


def test_under_the_wall_clock_a_rollout_begins_when_the_decision_was_written(
    connection: Connection, publisher: Publisher
) -> None:
    before_ms = int(time() * 1000)
    publisher.publish(*(m for at in (1, 2) for m in promoted(at, at - 1, ramp_ms=60_000)))  # decisions of 1970
    found = []
    for clock in ("wall", "wall", "event"):
        with closing(models_of(connection, word_model(), clock)) as models:
            serving = caught_up(models)
        assert serving is not None
        found.append(serving.since_ms)
    assert before_ms <= found[0] == found[1] <= int(time() * 1000)
    assert found[2] == 1_000


def errors(logs: list[MutableMapping[str, Any]]) -> list[tuple[str, int | None]]:
    """Return the errors in the log, each with its version."""
    return [(log["event"].split(":")[0], log.get("version")) for log in logs if log["log_level"] == "error"]


def test_a_worker_that_starts_after_ten_models_logs_only_the_last(connection: Connection, publisher: Publisher) -> None:
    publisher.publish(*(m for at in range(1, 11) for m in promoted(at, at - 1)))
    unsuitable = replace(word_model(version=11), encoder="another")
    publisher.publish(model_message(unsuitable), *promoted(11, 10)[1:])
    for model, expected in ((word_model(version=10), ("info", 11, 10)), (unsuitable, ("info", 11, None))):
        with closing(models_of(connection, model)) as models, capture_logs() as logs:
            serving = caught_up(models)
        assert serving is not None
        assert bits(serving.model) == bits(model)
        assert [(log["log_level"], log["version"], log.get("serves_here")) for log in logs] == [expected]


def environment(connection: Connection) -> dict[str, str]:
    """Return the variables of a verb."""
    return {
        "SEGUE_BOOTSTRAP_SERVERS": connection.bootstrap_servers,
        "SEGUE_TOPIC_PREFIX": connection.topic_prefix,
    }


def segue(connection: Connection, folder: Path, *words: str) -> str:
    """Standard output of a verb that succeeds."""
    done = run(folder, *words, env=environment(connection))
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(connection: Connection, folder: Path, *words: str) -> str:
    """Return the error text of a verb that ends with exit code 1."""
    done = run(folder, *words, env=environment(connection))
    assert (done.exit_code, done.stdout) == (1, "")
    return done.stderr


def test_list_diff_and_show_print_models_and_segments(
    connection: Connection, publisher: Publisher, tmp_path: Path
) -> None:
    assert segue(connection, tmp_path, "models", "list").startswith("no segments yet")
    assert segue(connection, tmp_path, "segments", "list").startswith("no segments yet")
    models = published(publisher)

    rows = [json.loads(line) for line in segue(connection, tmp_path, "models", "list", "--json").splitlines()]
    assert [(r["segment_model"], r["status"], r["share_moved"], r["share_kept"]) for r in rows] == [
        (1, "previous", None, None),
        (2, "serving", 0.03, pytest.approx(0.96)),
        (3, "held", 0.2, 0.8),
        (4, "unreadable", None, None),
    ]
    table = segue(connection, tmp_path, "models", "list").splitlines()
    assert table[2].split()[:8] == ["2", "1970-01-02", "00:00", "3", "0", "serving", "3.0", "%"]
    assert " ".join(table[3].split()).endswith("held 20.0 % 80.0 % would move 20.0% of users, the churn budget is 5.0%")

    compared = json.loads(segue(connection, tmp_path, "models", "diff", "1", "2", "--json"))
    assert [(s["segment"], s["before"] is None, s["after"] is None) for s in compared["segments"]] == [
        ("s-0001", False, True),
        ("s-0002", False, False),
        ("s-0003", False, False),
        ("s-0004", True, False),
    ]
    assert compared["decision"]["transitions"][0] == {
        "from_segment": "s-0001",
        "to_segment": "s-0002",
        "n_users": 30,
        "share": 0.03,
    }
    said = segue(connection, tmp_path, "models", "diff", "1", "2")
    assert "born     s-0004  tea" in said
    assert "s-0001   →  s-0002     30  3.0 %" in said
    assert "born  s-0004  from s-0001" in said
    assert json.loads(segue(connection, tmp_path, "models", "diff", "2", "1", "--json"))["decision"] is None

    file = tmp_path / "two.json"
    assert segue(connection, tmp_path, "models", "show", "2", "--save", str(file)) == ""
    assert bits(load_segment_model(file.read_bytes())) == bits(models[2])
    assert segue(connection, tmp_path, "models", "show", "2").strip().encode() == file.read_bytes()
    assert "there are: 1, 2, 3" in refused(connection, tmp_path, "models", "show", "9")
    assert "does not match its sha256" in refused(connection, tmp_path, "models", "diff", "1", "4")

    entries = [json.loads(line) for line in segue(connection, tmp_path, "segments", "list", "--json").splitlines()]
    assert [(e["id"], e["segment_model"]) for e in entries] == [("s-0002", 2), ("s-0003", 2), ("s-0004", 2)]
    assert "s-0004  tea       30  30.0 %   +0 %    tea" in segue(connection, tmp_path, "segments", "list")

    said = refused(connection, tmp_path, "models", "promote", "3", "--timeout", "0.5")
    assert "no trainer answered within 0.5 s" in said


@pytest.fixture
def trainer(connection: Connection, publisher: Publisher) -> Iterator[AnsweringTrainer]:
    published(publisher)
    trainer = AnsweringTrainer(connection, publisher, answers)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(trainer.run)
        try:
            yield trainer
        finally:
            trainer.stop()
            running.result(30)


def test_commands_reach_the_trainer_and_its_answers_are_printed(
    connection: Connection, trainer: AnsweringTrainer, tmp_path: Path
) -> None:
    said = segue(connection, tmp_path, "models", "promote", "3", "--over", "30")
    assert said == (
        "model 3 serves instead of 2, users switch to it over 30 min "
        "(20.0 % of 500 sampled users leave their segment)\n"
    )
    assert "Error: refused: there is no such model" in refused(connection, tmp_path, "models", "promote", "9")
    assert segue(connection, tmp_path, "models", "drop", "4") == "model 4 is dropped: requested\n"
    assert segue(connection, tmp_path, "models", "rollback") == "model 2 serves again instead of 3\n"
    said = segue(connection, tmp_path, "models", "refit", "--n-segments", "7", "--seed", "5")
    assert said == "model 5 runs in shadow beside 2, which still serves\n"
    said = segue(connection, tmp_path, "models", "renew")
    assert said == "model 6 serves instead of 2: all segments and their scales were fitted anew\n"
    said = segue(connection, tmp_path, "segments", "rename", "s-0002", " Bread & rolls ")
    assert said == "s-0002 is named Bread & rolls, before: milk\n"
    assert segue(connection, tmp_path, "segments", "rename", "s-0002", "") == (
        "s-0002 is named bread, before: Bread & rolls\n"
    )
    assert "no segment 's-0009'; there are: s-0001," in refused(
        connection, tmp_path, "segments", "rename", "s-0009", "x"
    )
    asked = [msgspec.to_builtins(command) | {"id": None} for command in trainer.commands]
    assert asked == [
        {"id": None, "version": 3, "ramp_ms": 1_800_000},
        {"id": None, "version": 9, "ramp_ms": None},
        {"id": None, "version": 4},
        {"id": None},
        {"id": None, "n_segments": 7, "seed": 5},
        {"id": None},
        {"id": None, "segment": "s-0002", "name": "Bread & rolls"},
        {"id": None, "segment": "s-0002", "name": ""},
    ]
    assert len({command.id for command in trainer.commands if not hasattr(command, "user")}) == len(asked)


def test_a_missing_topic_is_named_and_not_created(connection: Connection) -> None:
    name = connection.namespace.qualify("no-such-topic")
    missing = f"topics are missing: {name}; run `segue topics create`"
    with pytest.raises(TopicsError, match=missing), reading(connection, SEGMENTS, "no-such-topic"):
        pass
    with closing(KafkaAdminClient(**connection.kafka_python())) as admin:
        assert name not in admin.list_topics()
