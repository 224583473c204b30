"""`segue watch`: segment changes as they happen, committed ones only, as every consumer should read them."""

from __future__ import annotations

import signal
from typing import Any

import click
import msgspec

from stream.cli.no_segments import why_no_segments
from stream.cli.options import SettingOption, setting_option, settings_options
from stream.cli.segments import catalogue
from stream.kafka.connection import Connection
from stream.kafka.reader import TopicReader, reading
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
            if not catalogue(connection):
                click.echo(why_no_segments(connection, warm_up_samples), err=True)
            _print(reader, as_json, limit)
    except (KeyboardInterrupt, BrokenPipeError):  # stopped, or the pipe has no reader any more
        pass


def _print(reader: TopicReader, as_json: bool, limit: int | None) -> None:
    left = limit
    while left is None or left > 0:
        for read in reader.poll()[:left]:
            change = (read.value or b"").decode()
            click.echo(change if as_json else change_line(msgspec.json.decode(change, type=SegmentChange)))
            left = None if left is None else left - 1
