"""`segue backfill`: a deployment from past events."""

from __future__ import annotations

import sys
from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from stream.cli.backfill_report import outcomes, tell_past
from stream.cli.layout import layout_of, layout_options, tell
from stream.cli.moments import Moment
from stream.cli.options import SettingOption, settings_options
from stream.cli.segments import catalogue, segment_table
from stream.cli.worker import stop_on_signals
from stream.kafka.admin import check_topics, create_topics
from stream.settings import WORKER_GROUPS, WorkerSettings, worker_settings

if TYPE_CHECKING:  # importing scikit-learn takes a second, and every verb would wait for it
    from stream.backfill.backfill import Backfill
    from stream.backfill.start import Request, Starter


@click.command()
@click.argument("past", metavar="FILE|TOPIC")
@click.option(
    "--since", cls=SettingOption, type=Moment(), default=0, help="Leave out events before a time, or older than `90d`."
)
@click.option(
    "--shift-to-now", cls=SettingOption, is_flag=True, help="Add one constant to all times, so that the newest is now."
)
@click.option("--changes", cls=SettingOption, is_flag=True, help="Publish segment changes of the past too.")
@click.option("--restart", cls=SettingOption, is_flag=True, help="Begin again: delete what an unfinished run has made.")
@click.option(
    "--partitions",
    cls=SettingOption,
    type=click.IntRange(1),
    default=None,
    envvar="SEGUE_PARTITIONS",
    help="Partitions of user-events, if it is created. Empty: as existing topics, else 4.",
)
@click.option(
    "--replication",
    cls=SettingOption,
    type=click.IntRange(1),
    default=1,
    envvar="SEGUE_REPLICATION",
    help="Copies of each partition, if topics are created; 3 in production.",
)
@layout_options
@settings_options(*WORKER_GROUPS)
def backfill(
    past: str,
    since: int,
    shift_to_now: bool,
    changes: bool,
    restart: bool,
    partitions: int | None,
    replication: int,
    **values: Any,
) -> None:
    """Bring a deployment up from past events, as if it had run all along.

    FILE is as in `segue produce`. TOPIC is a topic of this deployment with long retention, such as `user-events`. No
    worker may run. Missing topics are created. Time is the events' own. Ctrl-C stops; the same command goes on.
    Afterwards `segue worker` goes on where the past ends.

    Example:

    \b
        segue backfill orders.csv --columns user_id=customer,timestamp=order_date --shift-to-now
    """
    from stream.backfill.start import Request

    layout, settings = layout_of(values), worker_settings(values)
    prepare_topics(settings, restart, partitions, replication)
    request = Request(past, layout, tell, since, shift_to_now, changes, settings.policy.clock, decisive(settings))
    run(settings, request)


def prepare_topics(settings: WorkerSettings, restart: bool, partitions: int | None, replication: int) -> None:
    """Create missing topics, on `restart` after what an unfinished run has made is deleted."""
    from stream.backfill.restart import delete_unfinished

    if restart:
        delete_unfinished(settings.connection, settings.options)
    for name in create_topics(settings.connection, settings.options.group, partitions, replication):
        click.echo(f"created {name}", err=True)


def run(settings: WorkerSettings, request: Request) -> None:
    """Run a backfill on existing topics, and print what came of it."""
    from stream.backfill.start import Starter
    from stream.bootstrap import build_replay  # loads the encoder's runtime, an extra

    connection, options, stop = settings.connection, settings.options, stop_on_signals()
    replay = build_replay(settings, check_topics(connection, options.group, tell).n_partitions)
    ended = ended_of(Starter(connection, options, replay, request), stop)
    click.echo(f"{ended.record.source}: {outcomes(ended.record)}")
    why = f"no segments: {ended.record.n_samples:,} samples, of fewer users than a model needs. More events mend it"
    click.echo(segment_table(catalogue(connection)) or why)
    click.echo("\nnext: `segue worker` goes on where the past ends, and `segue watch` shows its changes")


def ended_of(starter: Starter, stop: Event) -> Backfill:
    """Run a backfill to its end. Raises ClickException where it is stopped."""
    with _bar(None) as bar:
        past = starter.scan(_advance(bar, stop))
    backfill = starter.start(past)
    tell_past(past, backfill.record)
    if backfill.record.is_finished:
        return backfill
    with _bar(past.n_records) as bar:
        bar.update(backfill.record.n_done)
        if not backfill.run(past.by_partition, stop, bar.update):
            raise click.ClickException(
                f"stopped after {backfill.record.n_done:,} of {past.n_records:,} events; the same command goes on"
            )
    starter.hand_over(backfill)
    return backfill


def _advance(bar: Any, stop: Event) -> Callable[[int], None]:
    """Return a function that moves a bar, and ends the scan after a signal."""

    def advance(n: int) -> None:
        bar.update(n)
        if stop.is_set():
            raise click.ClickException("stopped before anything was written; the same command begins again")

    return advance


def _bar(total: int | None) -> Any:
    what = "past" if total else "reading"
    return tqdm(total=total, unit=" events", desc=what, file=sys.stderr, disable=None)


def decisive(settings: WorkerSettings) -> tuple[object, ...]:
    """Return all settings that decide what a backfill makes."""
    process = settings.process
    return settings.policy, settings.training, settings.options.group, process.segment_model, process.max_text_chars
