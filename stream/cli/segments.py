"""`segue segments`: list and rename segments."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from stream.cli.columns import columns, percent
from stream.cli.odd_records import readable
from stream.cli.options import SettingOption, settings_options
from stream.cli.trainer_requests import command_id, timeout_option, told_to_wait
from stream.core.sentence.visible_text import visible
from stream.kafka.connection import Connection
from stream.kafka.reader import reading
from stream.kafka.trainer_client import renamed
from stream.settings import build_group
from stream.training.values.commands import NAME_CHARS_MAX, Rename
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
@settings_options(Connection)
def list_segments(as_json: bool, **values: Any) -> None:
    """Print the current segments, the largest first.

    `users` and `share` are estimated from the trainer's sample. `trend` is the change of the share since the previous
    model. `rare` segments are kept although small; `edited` ones have a name from an operator. `typical` are phrases
    and behaviour.
    """
    entries = sorted(_catalogue(values), key=lambda entry: (-entry.description.share, entry.id))
    if as_json:
        for entry in entries:
            click.echo(msgspec.json.encode(entry))
        return
    rows = [_HEADINGS, *map(_row, entries)]
    click.echo(columns(rows, right={2, 3, 4}) if entries else "no segments yet: the first come with the first model")


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
    known = {entry.id: entry for entry in _catalogue(values)}
    if segment not in known:
        raise click.ClickException(f"no segment {segment!r}; there are: {', '.join(sorted(known)) or 'none'}")
    connection, command = build_group(Connection, values), Rename(command_id(), segment, name.strip())
    with told_to_wait(timeout):
        entry = renamed(connection, command, timeout)
    before, now = (visible(each.description.name) for each in (known[segment], entry))
    click.echo(f"{entry.id} is named {now}, before: {before}")


def _catalogue(values: dict[str, Any]) -> list[CatalogueEntry]:
    with reading(build_group(Connection, values), SEGMENTS) as reader:
        return current_entries((read.key, read.value) for read in readable(reader.to_end(), CatalogueEntry))


def _row(entry: CatalogueEntry) -> tuple[str, ...]:
    described = entry.description
    flags = [flag for flag, given in (("rare", described.rare), ("edited", described.edited)) if given]
    trend = f"{described.trend:+.0%}".replace("%", " %")
    typical = "; ".join((*(phrase.text for phrase in described.phrases[:_PHRASES]), *described.behaviour))
    return entry.id, described.name, f"{described.n_users:,}", percent(described.share), trend, " ".join(flags), typical
