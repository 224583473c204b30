"""`segue segments`: list and rename segments."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from stream.cli.columns import columns, percent
from stream.cli.no_segments import why_no_segments
from stream.cli.odd_records import readable
from stream.cli.options import SettingOption, setting_option, settings_options
from stream.cli.trainer_requests import command_id, timeout_option, told_to_wait
from stream.core.sentence.visible_text import visible
from stream.kafka.connection import Connection
from stream.kafka.reader import reading
from stream.kafka.trainer_client import renamed
from stream.settings import build_group
from stream.training.values.commands import NAME_CHARS_MAX, Rename
from stream.training.values.policy import TrainingPolicy
from stream.wire.catalogue import CatalogueEntry, current_entries
from stream.wire.topics import SEGMENTS

_HEADINGS = ("id", "name", "users", "share", "trend", "", "typical")
_PHRASES = 5


@click.group()
def segments() -> None:
    """List and rename segments.

    A segment is named after what its users say or do, until an operator gives a name. A name stays as long as its
    segment, a given one also when the segments are fitted again. Programs should use the id.
    """


@segments.command("list")
@click.option("--json", "as_json", cls=SettingOption, is_flag=True, help="Print the JSON entries, one a line.")
@setting_option(TrainingPolicy, "warm_up_samples")
@settings_options(Connection)
def list_segments(as_json: bool, warm_up_samples: int, **values: Any) -> None:
    """Print the current segments, the largest first.

    `users` and `share` are estimated from the trainer's sample. `trend` is the change of the share since the previous
    model. `rare` segments are kept although small; `edited` ones have a name from an operator. `typical` are phrases
    and behaviour.
    """
    connection = build_group(Connection, values)
    entries = catalogue(connection)
    if as_json:
        for entry in entries:
            click.echo(msgspec.json.encode(entry))
        return
    click.echo(segment_table(entries) or why_no_segments(connection, warm_up_samples))


@segments.command()
@click.argument("segment")
@click.argument("name")
@timeout_option
@settings_options(Connection)
def rename(segment: str, name: str, timeout: float, **values: Any) -> None:
    """Rename SEGMENT, an id such as s-0007, to NAME; "" restores the generated name.

    Example:

    \b
        segue segments rename s-0007 "Runners"
    """
    if not name.isprintable() or len(name) > NAME_CHARS_MAX:
        raise click.UsageError(
            f"a name is one line of at most {NAME_CHARS_MAX} printable characters, got {len(name)}: "
            f"{name[:NAME_CHARS_MAX]!r}"
        )
    known = {entry.id: entry for entry in catalogue(build_group(Connection, values))}
    if segment not in known:
        raise click.ClickException(f"no segment {segment!r}; there are: {', '.join(sorted(known)) or 'none'}")
    connection, command = build_group(Connection, values), Rename(command_id(), segment, name.strip())
    with told_to_wait(timeout):
        entry = renamed(connection, command, timeout)
    before, now = (visible(each.description.name) for each in (known[segment], entry))
    click.echo(f"{entry.id} is named {now}, before: {before}")


def catalogue(connection: Connection) -> list[CatalogueEntry]:
    """Return the current segments, the largest first."""
    with reading(connection, SEGMENTS) as reader:
        entries = current_entries((read.key, read.value) for read in readable(reader.to_end(), CatalogueEntry))
    return sorted(entries, key=lambda entry: (-entry.description.share, entry.id))


def segment_table(entries: list[CatalogueEntry]) -> str:
    """Return a table of segments; an empty text without any."""
    if not entries:
        return ""
    return columns([_HEADINGS, *map(_row, entries)], right={2, 3, 4})


def _row(entry: CatalogueEntry) -> tuple[str, ...]:
    described = entry.description
    flags = [flag for flag, given in (("rare", described.rare), ("edited", described.edited)) if given]
    trend = f"{described.trend:+.0%}".replace("%", " %")
    typical = "; ".join((*(phrase.text for phrase in described.phrases[:_PHRASES]), *described.behaviour))
    return entry.id, described.name, f"{described.n_users:,}", percent(described.share), trend, " ".join(flags), typical
