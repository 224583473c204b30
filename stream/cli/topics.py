"""`segue topics`: create and describe topics."""

from __future__ import annotations

from typing import Any

import click

from stream.cli.options import SettingOption, setting_option, settings_options
from stream.kafka.admin import all_topics, create_topics, describe_topics
from stream.kafka.connection import Connection
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
    default=4,
    envvar="SEGUE_PARTITIONS",
    help="Partitions of user-events: the most workers that can share the work.",
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
def create(partitions: int, replication: int, group: str, **values: Any) -> None:
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
    """Print each topic with its number of partitions, 0 for a missing one."""
    connection = build_group(Connection, values)
    found = describe_topics(connection, group)
    for topic in all_topics(group):
        click.echo(f"{connection.namespace.qualify(topic.name):<32} {found.get(topic.name, 0):>4}")
