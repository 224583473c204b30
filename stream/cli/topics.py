"""`segue topics`: create, describe and grow topics."""

from __future__ import annotations

import sys
from typing import Any

import click
from tqdm import tqdm

from stream.cli.options import SettingOption, setting_option, settings_options
from stream.kafka.admin import create_topics, describe_topics
from stream.kafka.connection import Connection
from stream.kafka.growth import Growth, Plan
from stream.kafka.topic_faults import all_topics, faults_of, remedy_of_counts, wide_counts
from stream.runtime.options import EngineOptions
from stream.settings import build_group
from stream.wire.placement import Placement

_LATE_S = 5.0  # a broker looks for ended sessions now and then
_group = setting_option(EngineOptions, "group")


@click.group()
def topics() -> None:
    """Create, describe and grow the topics of Segue."""


@topics.command()
@click.option(
    "--partitions",
    cls=SettingOption,
    type=click.IntRange(1),
    default=None,
    envvar="SEGUE_PARTITIONS",
    help="Partitions of user-events: the most workers that can share the work. Empty: as existing topics, else 4.",
)
@click.option(
    "--replication",
    cls=SettingOption,
    type=click.IntRange(1),
    default=1,
    envvar="SEGUE_REPLICATION",
    help="Copies of each partition; 3 in production.",
)
@_group
@settings_options(Connection)
def create(partitions: int | None, replication: int, group: str, **values: Any) -> None:
    """Create missing topics; existing ones stay unchanged.

    Example:

    \b
        segue topics create --partitions 8 --replication 3
    """
    created = create_topics(build_group(Connection, values), group, partitions, replication)
    click.echo("\n".join(f"created {name}" for name in created) or "all topics exist")


@topics.command()
@click.option(
    "--partitions",
    cls=SettingOption,
    type=click.IntRange(1),
    required=True,
    envvar="SEGUE_PARTITIONS",
    help="Partitions of user-events from now on, at least as many as now.",
)
@click.option("--dry-run", is_flag=True, help="Print what would move, and change nothing.")
@_group
@setting_option(EngineOptions, "session_timeout_ms")
@settings_options(Connection)
def grow(partitions: int, dry_run: bool, group: str, session_timeout_ms: int, **values: Any) -> None:
    """Move a deployment to more partitions, with all workers stopped.

    States, memberships and profiles move to the partitions of their users. A growth that was interrupted goes on with
    the same command; until it has ended, workers refuse to start. It also moves users home after a growth by another
    tool.

    Example:

    \b
        segue topics grow --partitions 12 --dry-run
        segue topics grow --partitions 12
    """
    growth = Growth(build_group(Connection, values), group, partitions)
    plan = growth.plan(session_timeout_ms / 1000 + _LATE_S)
    for line in plan_lines(plan):
        click.echo(line)
    if dry_run:
        return
    try:
        with tqdm(total=plan.n_moves, unit=" users", file=sys.stderr, disable=None) as bar:
            verified = growth.run(plan, bar.update)
    except KeyboardInterrupt:
        growth.abort()
        raise click.ClickException(f"stopped; {Placement.remedy(partitions)} to go on, workers do not start") from None
    for name, contents in verified.items():
        click.echo(f"verified {name:<12} {contents}")
    click.echo(f"user-events has {partitions} partitions; start the workers")


def plan_lines(plan: Plan) -> list[str]:
    """Return what a growth will do, line by line."""
    topics = [f"{name}: {n} -> {plan.n_partitions} partitions" for name, n in plan.counts.items()]
    tables = [
        f"{name:<12} {scan.contents}; {scan.n_misplaced} move"
        + (f"; {len(scan.outdone)} users have two, the one with more changes stays" if scan.outdone else "")
        for name, scan in plan.tables.items()
    ]
    if not plan.n_unread:
        return [*topics, *tables]
    order = "may be applied after newer ones of their users; to keep the order, let workers read all first"
    return [*topics, *tables, f"unread: {plan.n_unread} offsets of user-events, which {order}"]


@topics.command()
@_group
@settings_options(Connection)
def describe(group: str, **values: Any) -> None:
    """Print each topic with its number of partitions, 0 for a missing one, and what is wrong with it."""
    connection = build_group(Connection, values)
    found = describe_topics(connection, group)
    for topic in all_topics(group):
        n_partitions = found[topic.name].n_partitions if topic.name in found else 0
        faults = "; ".join(fault.text for fault in faults_of(found, group) if fault.topic == topic.name)
        line = f"{connection.namespace.qualify(topic.name):<32} {n_partitions:>4}"
        click.echo(f"{line}  ! {faults}" if faults else line)
    counts = wide_counts(found, group)
    if len(set(counts.values())) > 1:
        remedy = remedy_of_counts(counts, {name: connection.namespace.qualify(name) for name in counts})
        click.echo(f"the numbers of partitions must agree: {remedy}", err=True)
