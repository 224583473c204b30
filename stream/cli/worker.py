"""`segue worker`: the segmenter and the trainer, until stopped."""

from __future__ import annotations

import signal
from threading import Event
from typing import Any

import click

from stream.cli.options import settings_options
from stream.observability.log import configure_log
from stream.settings import WORKER_GROUPS, worker_settings


@click.command()
@settings_options(*WORKER_GROUPS)
def worker(**values: Any) -> None:
    """Turn user events into segment changes until stopped.

    Start at most one worker for each partition of `user-events`. Ctrl-C and SIGTERM stop after the current
    micro-batch, with exit code 0. Exit code 1: Kafka reports a permanent error; let a supervisor start
    the worker again.

    Example:

    \b
        segue worker --instance worker-1 --dwell-ms 3600000
    """
    from stream.bootstrap import run_worker  # loads the encoder's runtime, an extra

    settings = worker_settings(values)
    configure_log(settings.process.log_format, settings.process.log_level)
    run_worker(settings, stop_on_signals())


def stop_on_signals() -> Event:
    """Return an event set by SIGINT and SIGTERM."""
    stop = Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop.set())
    return stop
