"""`segue replay`: the same core over a file, with no broker."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from stream.bootstrap import build_replay
from stream.cli.options import SettingOption, settings_options
from stream.cli.worker import SET_UP_ERRORS, SETTINGS, worker_settings
from stream.files.event_file import EventFileError
from stream.files.sources import events_of
from stream.wire.published_models import PublishedModels
from stream.wire.records import ProducerRecord
from stream.wire.segment_models import dump_segment_model
from stream.wire.topics import SEGMENT_CHANGES, SEGMENT_MODEL, USER_SEGMENTS

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file")
@click.option(
    "--partitions",
    cls=SettingOption,
    type=click.IntRange(1),
    default=4,
    envvar="SEGUE_PARTITIONS",
    help="Partitions that user-events has: each keeps its own time.",
)
@click.option("--memberships", cls=SettingOption, type=_FILE, help="File for everyone's last segment.")
@click.option("--save-model", cls=SettingOption, type=_FILE, help="File for the last segment model.")
@click.option("--limit", cls=SettingOption, type=click.IntRange(1), help="Stop after so many events.")
@settings_options(*SETTINGS)
def replay(
    file: str, partitions: int, memberships: Path | None, save_model: Path | None, limit: int | None, **values: Any
) -> None:
    """Print the segment changes that the events of FILE lead to, one JSON object a line.

    FILE is as in `segue produce` (`-`: standard input, `demo`: The Complete Journey). Time is the events' own. Without
    --segment-model the trainer runs too. The same file and settings give the same bytes, and with a fixed segment
    model the same decisions as a worker with --clock event.
    """
    settings = worker_settings(values)
    kept = Kept()
    try:
        events = tqdm(events_of(file), unit=" events", file=sys.stderr, disable=None, total=limit)
        for message in build_replay(settings, partitions).run(islice(events, limit)):
            kept.take(message)
    except (*SET_UP_ERRORS, EventFileError) as error:
        raise click.ClickException(str(error)) from error
    except BrokenPipeError:  # nobody reads the pipe any more
        return
    kept.write(memberships, save_model)


class Kept:
    """Prints changes as they come, and keeps the last word of everything else that was asked for."""

    def __init__(self) -> None:
        self.memberships: dict[bytes, bytes] = {}
        self.published = PublishedModels()

    def take(self, message: ProducerRecord) -> None:
        """One message of the replay."""
        key, value = message.key or b"", message.value
        if message.topic == SEGMENT_CHANGES and value:
            click.echo(value)
        elif message.topic == USER_SEGMENTS:
            self.memberships.pop(key, None)
            if value is not None:
                self.memberships[key] = value
        elif message.topic == SEGMENT_MODEL:
            self.published.take(message.key, value)

    def write(self, memberships: Path | None, save_model: Path | None) -> None:
        """Write the files that were asked for; people in the order of their ids."""
        if memberships is not None:
            memberships.write_bytes(b"".join(value + b"\n" for _, value in sorted(self.memberships.items())))
        if save_model is not None:
            serving = self.published.serving
            if serving is None:
                raise click.ClickException("no segment model was made: fewer samples than --warm-up-samples")
            save_model.write_bytes(dump_segment_model(serving.model))
