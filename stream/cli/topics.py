"""`segue topics`: create and describe."""

from __future__ import annotations

from typing import Any

import click

from stream.cli.options import SettingOption, noun, settings_options
from stream.kafka.admin import TopicsError, all_topics, create_topics, describe_topics
from stream.kafka.connection import Connection

_group = click.option(
    "--group", cls=SettingOption, default="segue", envvar="SEGUE_GROUP", help="Name of this deployment."
)


@click.group()
def topics() -> None:
    """Create and describe the topics that Segue reads and writes."""


@topics.command()
@click.option(
    "--partitions",
    cls=SettingOption,
    type=click.IntRange(1),
    default=4,
    envvar="SEGUE_PARTITIONS",
    help="Partitions of user-events, and so the most workers that share the work.",
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
    """Create the topics that are missing; those that exist stay as they are."""
    try:
        created = create_topics(noun(Connection, values), group, partitions, replication)
    except TopicsError as error:
        raise click.ClickException(str(error)) from error
    click.echo("\n".join(f"created {name}" for name in created) or "all topics exist")


@topics.command()
@_group
@settings_options(Connection)
def describe(group: str, **values: Any) -> None:
    """Print each topic with its number of partitions, 0 for one that is missing."""
    try:
        found = describe_topics(noun(Connection, values), group)
    except TopicsError as error:
        raise click.ClickException(str(error)) from error
    for topic in all_topics(group):
        click.echo(f"{topic.name:<32} {found.get(topic.name, 0):>4}")
