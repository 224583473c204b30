"""`segue produce`: user events from a file, or the demo data, to Kafka."""

from __future__ import annotations

import signal
import sys
from typing import Any

import click
from tqdm import tqdm

from stream.cli.options import SettingOption, settings_options
from stream.files.sources import events_of
from stream.kafka.connection import Connection
from stream.kafka.producer import EventProducer, send_all
from stream.settings import build_group


@click.command()
@click.argument("file")
@click.option(
    "--rate",
    cls=SettingOption,
    type=click.FloatRange(0),
    default=0.0,
    envvar="SEGUE_RATE",
    help="Events a second at most; 0: no limit.",
)
@settings_options(Connection)
def produce(file: str, rate: float, **values: Any) -> None:
    """Send the user events of FILE to `user-events`, keyed by user.

    FILE has one JSON message a line (.gz is unpacked). `-` is standard input. `demo` is The Complete Journey,
    1.46 million grocery purchases of 2017. Invalid lines are sent unchanged and become dead letters.

    Example:

    \b
        echo '{"user_id": "7", "text": "red shoes", "timestamp": 1767225600000}' | segue produce -
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    producer = EventProducer(build_group(Connection, values))
    try:
        send_all(producer, tqdm(events_of(file), unit=" events", file=sys.stderr, disable=None), rate)
    except KeyboardInterrupt:
        producer.flush()
    click.echo(f"{producer.n_sent} events sent", err=True)
