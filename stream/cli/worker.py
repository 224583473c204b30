"""`segue worker`: the main job and the trainer, until told to stop."""

from __future__ import annotations

import signal
from threading import Event
from typing import Any

import click
from confluent_kafka import KafkaException

from stream.bootstrap import WorkerSettings, run_worker
from stream.cli.options import noun, settings_options
from stream.core.policy import Policy
from stream.kafka.admin import TopicsError
from stream.kafka.connection import Connection
from stream.observability.http import HttpPortError
from stream.observability.log import configure_log
from stream.onnx.folder import EncoderError
from stream.runtime.options import EngineOptions, EngineSetupError
from stream.settings import Process
from stream.training.values.policy import TrainingPolicy
from stream.wire.segment_models import SegmentModelError

SETTINGS = (Connection, EngineOptions, Policy, TrainingPolicy, Process)
SET_UP_ERRORS = (EncoderError, EngineSetupError, HttpPortError, TopicsError, SegmentModelError)


@click.command()
@settings_options(*SETTINGS)
def worker(**values: Any) -> None:
    """Turn user events into segment changes until stopped.

    Start as many as `user-events` has partitions; they share them. Ctrl-C and SIGTERM stop after the turn in hand,
    with exit code 0. Exit code 1: Kafka says that this worker can not go on; let a supervisor start it again.
    """
    settings = worker_settings(values)
    configure_log(settings.process.log_format, settings.process.log_level)
    stop = stop_on_signals()
    try:
        run_worker(settings, stop)
    except SET_UP_ERRORS as error:
        raise click.ClickException(str(error)) from error
    except KafkaException as error:
        raise click.ClickException(f"Kafka: {error.args[0].str()}") from error


def worker_settings(values: dict[str, Any]) -> WorkerSettings:
    """The nouns of a worker from parsed options."""
    return WorkerSettings(
        connection=noun(Connection, values),
        options=noun(EngineOptions, values),
        policy=noun(Policy, values),
        training=noun(TrainingPolicy, values),
        process=noun(Process, values),
    )


def stop_on_signals() -> Event:
    """An event that SIGINT and SIGTERM set."""
    stop = Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop.set())
    return stop
