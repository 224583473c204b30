"""`segue watch`: segment changes as they happen, committed ones only, as every consumer should read them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import click
import msgspec
from confluent_kafka import KafkaException

from stream.cli.no_segments import why_no_segments
from stream.cli.odd_records import one_line, readable
from stream.cli.options import SettingOption, setting_option, settings_options
from stream.cli.pipe import reader_is_gone
from stream.cli.segments import catalogue
from stream.core.sentence.visible_text import visible
from stream.kafka.broker_errors import TopicsError
from stream.kafka.connection import Connection
from stream.kafka.reader import Read, TopicReader, reading
from stream.settings import build_group
from stream.training.values.policy import TrainingPolicy
from stream.wire.changes import SegmentChange, change_line
from stream.wire.topics import SEGMENT_CHANGES


@click.command()
@click.option("--json", "as_json", cls=SettingOption, is_flag=True, help="Print the JSON values, one a line.")
@click.option(
    "--from-beginning",
    cls=SettingOption,
    is_flag=True,
    help="Print all changes that the topic keeps, not only new ones.",
)
@click.option("--limit", cls=SettingOption, type=click.IntRange(1), help="Stop after so many changes.")
@setting_option(TrainingPolicy, "warm_up_samples")
@settings_options(Connection)
def watch(as_json: bool, from_beginning: bool, limit: int | None, warm_up_samples: int, **values: Any) -> None:
    """Print segment changes as sentences, or with --json for other programs. Ctrl-C stops.

    Without segments, standard error says why there are none yet.

    Example:

    \b
        segue watch --json --from-beginning | jq .to.id
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    connection = build_group(Connection, values)
    try:
        with reading(connection, SEGMENT_CHANGES, from_now_on=not from_beginning) as reader:
            if why := hint(connection, warm_up_samples):
                click.echo(why, err=True)
            _print(reader, as_json, limit)
    except (KeyboardInterrupt, BrokenPipeError):  # stopped, or the pipe has no reader any more
        pass


def hint(connection: Connection, warm_up_samples: int) -> str:
    """Return why there are no segments; nothing if there are, or if the user may read only the changes."""
    try:
        return "" if catalogue(connection) else why_no_segments(connection, warm_up_samples)
    except (TopicsError, KafkaException):
        return ""


def _print(reader: TopicReader, as_json: bool, limit: int | None) -> None:
    """Print changes until the limit, or until nobody reads them."""
    n_printed, waits = 0, False
    while not reader_is_gone():
        for value in _changes(reader.poll()):
            click.echo(one_line(value) if as_json else _line(value))
            n_printed += 1
            if n_printed == limit:
                return
        if reader.is_cut_off and not waits:
            click.echo(f"{reader.why_cut_off()}; waiting for it", err=True)
        waits = reader.is_cut_off


def _changes(reads: list[Read]) -> Iterator[bytes]:
    """Yield the values of changes; tell of other records, which only a stranger can have written."""
    return (read.value for read in readable(reads, SegmentChange) if read.value is not None)


def _line(value: bytes) -> str:
    return visible(change_line(msgspec.json.decode(value, type=SegmentChange)))
