"""`segue replay`: the same jobs over a file, without a broker."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from stream.cli.event_report import Places, Refusals, Undamaged, check_used, counted
from stream.cli.layout import layout_of, layout_options, tell
from stream.cli.options import SettingOption, settings_options
from stream.files.event_file import FileEvent
from stream.files.sources import placed_events
from stream.settings import WORKER_GROUPS, build_group, worker_settings
from stream.store.policy import StorePolicy
from stream.store.replayed import keeping
from stream.wire.published_models import PublishedModels
from stream.wire.records import ProducerRecord
from stream.wire.segment_models import dump_segment_model
from stream.wire.topics import DEAD_LETTERS, SEGMENT_CHANGES, SEGMENT_MODEL, USER_SEGMENTS

if TYPE_CHECKING:
    from stream.replay import Replay

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
@click.option(
    "--store",
    cls=SettingOption,
    type=_FILE,
    help="File for `segue serve` and `segue report`, with all that would be on the topics.",
)
@click.option("--limit", cls=SettingOption, type=click.IntRange(1), help="Stop after so many events.")
@layout_options
@settings_options(*WORKER_GROUPS, StorePolicy)
def replay(file: str, partitions: int, limit: int | None, **values: Any) -> None:
    """Print the segment changes of the events of FILE, one JSON object a line.

    FILE is as in `segue produce`: a file of any format there, `-` for standard input, or `demo`. Time is the events'
    own. Without --segment-model the trainer runs too; a file with fewer samples than --warm-up-samples gets its first
    model at its end. The same file and settings give the same bytes; with a fixed segment model and --no-sort, a
    worker with --clock event decides the same. Counts of the events go to standard error.

    Examples:

    \b
        segue replay events.jsonl --save-model model.json > changes.jsonl
        segue replay orders.csv --columns user_id=customer,timestamp=order_date,text=title
        segue replay demo --store run.db > changes.jsonl && segue serve --store run.db
    """
    from stream.bootstrap import build_replay  # loads the encoder's runtime, an extra

    memberships, save_model, store = (values.pop(name) for name in ("memberships", "save_model", "store"))
    check_writable(memberships, save_model, store)
    layout, job = layout_of(values), build_replay(worker_settings(values), partitions)
    with keeping(store, build_group(StorePolicy, values)) as keep:
        outputs, events = ReplayOutputs(Places(partitions), keep), Undamaged(placed_events(file, layout, tell))
        bar = tqdm(islice(events, limit), unit=" events", file=sys.stderr, disable=None, total=limit)
        is_read = outputs.run(job, bar)
    if is_read:
        events.check()
        check_used(file, job.n_events, job.outcomes)
        outputs.write(memberships, save_model)


def check_writable(*files: Path | None) -> None:
    """Raise ClickException before the run for a file that cannot be written after it."""
    for file in files:
        folder = file.parent if file else Path()
        if not (folder.is_dir() and os.access(file if file and file.exists() else folder, os.W_OK)):
            raise click.ClickException(f"cannot write {file}: {folder} is no folder, or is read-only")


class ReplayOutputs:
    """Outputs of a replay: changes are printed as they come, the latest of the rest is kept for files.

    Every message is also given to `keep`.
    """

    def __init__(self, places: Places, keep: Callable[[ProducerRecord], object] = lambda _: None) -> None:
        self.places, self.refusals, self._keep = places, Refusals(), keep
        self.memberships: dict[bytes, bytes] = {}
        self.published = PublishedModels()
        self.n_changes = 0

    def run(self, job: Replay, events: Iterable[FileEvent]) -> bool:
        """Run the job to the end of the events and tell what became of them.

        Return False if nobody reads the output any more.
        """
        try:
            for message in job.run(self.places.pairs(events)):
                self.take(message)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains at its end
            return False
        except KeyboardInterrupt:
            self.tell(job)
            raise
        self.tell(job)
        return True

    def tell(self, job: Replay) -> None:
        """Print what became of the events, and why there are no changes if there are none."""
        click.echo(f"{job.n_events:,} events: {counted(job.outcomes) or 'none'}", err=True)
        for line in self.refusals.lines():
            click.echo(line, err=True)
        serving = self.published.serving
        model = f", segment model {serving.model.version}" if serving else ""
        click.echo(f"{self.n_changes:,} changes, {len(self.memberships):,} users{model}", err=True)
        if hint := warm_up_hint(job):
            click.echo(hint, err=True)

    def take(self, message: ProducerRecord) -> None:
        """Print or keep one message."""
        self._keep(message)
        key, value = message.key or b"", message.value
        if message.topic == SEGMENT_CHANGES and value:
            click.echo(value)
            self.n_changes += 1
        elif message.topic == DEAD_LETTERS:
            self.places.refuse(message, self.refusals)
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


def warm_up_hint(job: Replay) -> str:
    """Return why there is no segment model, or only one of the end; an empty text after a warm-up."""
    if job.trainer is None or not job.outcomes["applied"]:
        return ""
    if job.n_samples >= (n_needed := job.trainer.config.policy.warm_up_samples):
        return ""
    n = job.n_samples
    if job.published.serving is None:
        return (
            f"no segment model: the file has {n:,} samples, of fewer users than a model needs. A sample is a user with "
            "--min-items items, at most one in --sample-every-ms; take a larger file"
        )
    return (
        f"the model was made at the end, from {n:,} samples of the {n_needed:,} of a warm-up: segments are those of "
        f"the end. For changes on the way take a larger file, or --warm-up-samples {max(n // 2, 1)}"
    )
