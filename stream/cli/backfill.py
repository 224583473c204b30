"""`segue backfill`: a deployment from past events."""

from __future__ import annotations

import sys
from collections.abc import Callable
from threading import Event
from typing import Any

import click
from tqdm import tqdm

from stream.backfill.backfill import Backfill
from stream.backfill.past import Past, day
from stream.backfill.restart import delete_unfinished
from stream.backfill.start import Request, Starter
from stream.cli.layout import layout_of, layout_options, tell
from stream.cli.moments import Moment
from stream.cli.options import SettingOption, settings_options
from stream.cli.segments import catalogue, segment_table
from stream.cli.worker import stop_on_signals
from stream.core.policy import DAY_MS
from stream.kafka.admin import check_topics, create_topics
from stream.settings import GROUPS, WorkerSettings, worker_settings
from stream.wire.backfill_records import BackfillRecord


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
@settings_options(*GROUPS)
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
    from stream.bootstrap import build_replay  # loads the encoder's runtime, an extra

    layout, settings, stop = layout_of(values), worker_settings(values), stop_on_signals()
    connection, options = settings.connection, settings.options
    if restart:
        delete_unfinished(connection, options)
    for name in create_topics(connection, options.group, partitions, replication):
        click.echo(f"created {name}", err=True)
    n_partitions = check_topics(connection, options.group, tell).n_partitions
    request = Request(past, layout, tell, since, shift_to_now, changes, settings.policy.clock, decisive(settings))
    started = started_of(Starter(connection, options, build_replay(settings, n_partitions), request), stop)
    click.echo(f"{past}: {outcomes(started.record)}")
    click.echo(segment_table(catalogue(connection)))
    click.echo("\nnext: `segue worker` goes on where the past ends, and `segue watch` shows its changes")


def started_of(starter: Starter, stop: Event) -> Backfill:
    """Run a backfill to its end. Raises ClickException where it is stopped."""
    with _bar(None) as bar:
        past = starter.scan(_advance(bar, stop))
    backfill = starter.start(past)
    _tell(past, backfill.record)
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


def _tell(past: Past, record: BackfillRecord) -> None:
    """Say what the past holds, and what is done with its times."""
    before = f", {past.n_before:,} before --since" if past.n_before else ""
    ahead = f", {past.n_ahead:,} after now" if past.n_ahead else ""
    days = f"events from {day(past.first_ms)} to {day(past.newest_ms)}{before}{ahead}"
    click.echo(f"{record.source}: {past.n_records:,} records, {days}", err=True)
    if record.shift_ms:
        click.echo(f"{record.shift_ms / DAY_MS:,.1f} days are added to every time, so that the newest is now", err=True)
    if record.n_done:
        click.echo(f"goes on after {record.n_done:,} events of an earlier run", err=True)


def outcomes(record: BackfillRecord) -> str:
    """Return how many events came to what, with an example of each reason for a refusal."""
    counts = ", ".join(f"{n:,} {outcome}" for outcome, n in sorted(record.outcomes.items(), key=lambda pair: -pair[1]))
    refused = "".join(f"\n  {reason} {each.n:,}, such as {each.example}" for reason, each in record.refused.items())
    return f"{record.n_done:,} events: {counts or 'none'}{refused}"


def decisive(settings: WorkerSettings) -> tuple[object, ...]:
    """Return all settings that decide what a backfill makes."""
    process = settings.process
    return settings.policy, settings.training, settings.options.group, process.segment_model, process.max_text_chars
