"""`segue replay`: the same jobs over a file, without a broker."""

from __future__ import annotations

import os
import sys
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from stream.cli.options import SettingOption, settings_options
from stream.files.sources import events_of
from stream.settings import GROUPS, worker_settings
from stream.wire.published_models import PublishedModels
from stream.wire.records import ProducerRecord
from stream.wire.segment_models import dump_segment_model
from stream.wire.topics import DEAD_LETTERS, SEGMENT_CHANGES, SEGMENT_MODEL, USER_SEGMENTS

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file")
@click.option(
    "--partitions",
    cls=SettingOption,
    type=click.IntRange(1),
    default=4,
    envvar="SEGUE_PARTITIONS",
    help="Partitions of user-events; each has its own event time.",
)
@click.option("--memberships", cls=SettingOption, type=_FILE, help="File for the last segment of every user.")
@click.option("--save-model", cls=SettingOption, type=_FILE, help="File for the last segment model.")
@click.option("--limit", cls=SettingOption, type=click.IntRange(1), help="Stop after so many events.")
@settings_options(*GROUPS)
def replay(
    file: str, partitions: int, memberships: Path | None, save_model: Path | None, limit: int | None, **values: Any
) -> None:
    """Print the segment changes of the events of FILE, one JSON object a line.

    FILE is as in `segue produce`: a file, `-` for standard input, or `demo`. Time is the events' own. Without
    --segment-model the trainer runs too. The same file and settings give the same bytes; with a fixed segment model
    a worker with --clock event decides the same. A summary goes to standard error.

    Example:

    \b
        segue replay events.jsonl --save-model model.json > changes.jsonl
    """
    from stream.bootstrap import build_replay  # loads the encoder's runtime, an extra

    check_writable(memberships, save_model)
    outputs = ReplayOutputs()
    job = build_replay(worker_settings(values), partitions)
    try:
        events = tqdm(events_of(file), unit=" events", file=sys.stderr, disable=None, total=limit)
        for message in job.run(islice(events, limit)):
            outputs.take(message)
    except BrokenPipeError:  # the reader of the pipe has ended
        return
    click.echo(outputs.summary(job.n_events), err=True)
    outputs.write(memberships, save_model)


def check_writable(*files: Path | None) -> None:
    """Raise ClickException before the run for a file that cannot be written after it."""
    for file in files:
        folder = file.parent if file else Path()
        if not (folder.is_dir() and os.access(file if file and file.exists() else folder, os.W_OK)):
            raise click.ClickException(f"cannot write {file}: {folder} is no folder, or is read-only")


class ReplayOutputs:
    """Outputs of a replay: changes are printed as they come, the latest of the rest is kept for files."""

    def __init__(self) -> None:
        self.memberships: dict[bytes, bytes] = {}
        self.published = PublishedModels()
        self.n_changes = 0
        self.rejected: Counter[str] = Counter()

    def summary(self, n_events: int) -> str:
        """Return one line: events, rejected ones by reason, changes, users with a record, and the serving model."""
        reasons = ", ".join(f"{reason} {n}" for reason, n in self.rejected.most_common())
        rejected = f", {self.rejected.total():,} rejected ({reasons})" if reasons else ""
        serving = self.published.serving
        model = f"segment model {serving.model.version}" if serving else "no segment model made"
        return f"{n_events:,} events{rejected}, {self.n_changes:,} changes, {len(self.memberships):,} users, {model}"

    def take(self, message: ProducerRecord) -> None:
        """Print or keep one message."""
        key, value = message.key or b"", message.value
        if message.topic == SEGMENT_CHANGES and value:
            click.echo(value)
            self.n_changes += 1
        elif message.topic == DEAD_LETTERS:
            self.rejected[dict(message.headers)["segue.error.reason"].decode()] += 1
        elif message.topic == USER_SEGMENTS:
            self.memberships.pop(key, None)
            if value is not None:
                self.memberships[key] = value
        elif message.topic == SEGMENT_MODEL:
            self.published.take(message.key, value)

    def write(self, memberships: Path | None, save_model: Path | None) -> None:
        """Write the requested files; memberships are in the order of the user ids."""
        if memberships is not None:
            memberships.write_bytes(b"".join(value + b"\n" for _, value in sorted(self.memberships.items())))
        if save_model is not None:
            serving = self.published.serving
            if serving is None:
                raise click.ClickException("no segment model was made: fewer samples than --warm-up-samples")
            save_model.write_bytes(dump_segment_model(serving.model))
