"""`segue topics`: create and describe topics."""

from __future__ import annotations

from typing import Any

import click

from stream.cli.options import SettingOption, setting_option, settings_options
from stream.kafka.admin import create_topics, describe_topics
from stream.kafka.connection import Connection
from stream.kafka.topic_faults import all_topics, faults_of, remedy_of_counts, wide_counts
from stream.runtime.options import EngineOptions
from stream.settings import build_group

_group = setting_option(EngineOptions, "group")


@click.group()
def topics() -> None:
    """Create and describe the topics of Segue."""


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
