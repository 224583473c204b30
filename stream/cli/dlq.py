"""`segue dlq`: dead letters counted, shown, and sent again."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from stream.cli.dlq_redrive import redrive
from stream.cli.letter_text import letter_row, letter_text
from stream.cli.letters import Wanted, counted, counts_table, letter_filters, read_letters
from stream.cli.options import SettingOption, setting_option, settings_options
from stream.kafka.connection import Connection
from stream.kafka.redriver import read_marks
from stream.runtime.options import EngineOptions
from stream.settings import build_group
from stream.wire.redriving import Mark


@click.group()
def dlq() -> None:
    """Count, show and send again the dead letters: records of `user-events` that were refused.

    A dead letter keeps the bytes received. Its reason and detail say what is wrong; docs/contract.md lists the reasons.
    """


@dlq.command("list")
@letter_filters
@click.option("--json", "as_json", cls=SettingOption, is_flag=True, help="Print JSON, one reason a line.")
@setting_option(EngineOptions, "group")
@settings_options(Connection)
def list_letters(
    reason: tuple[str, ...], since: int | None, to_time: int | None, as_json: bool, group: str, **values: Any
) -> None:
    """Print the number of letters by reason, with the newest one as an example.

    Example:

    \b
        segue dlq list --since 24h
    """
    connection = build_group(Connection, values)
    marks = read_marks(connection, group)
    counts = counted(read_letters(connection, Wanted(reason, (), since, to_time)), marks)
    if as_json:
        for count in counts:
            click.echo(msgspec.json.encode(count))
    else:
        click.echo(counts_table(counts) if counts else "no dead letters")


@dlq.command()
@click.argument("offsets", nargs=-1, required=True, type=click.IntRange(0))
@click.option("--json", "as_json", cls=SettingOption, is_flag=True, help="Print JSON, one letter a line.")
@click.option("--raw", cls=SettingOption, is_flag=True, help="Print the bytes of the value and nothing else.")
@setting_option(EngineOptions, "group")
@settings_options(Connection)
def show(offsets: tuple[int, ...], as_json: bool, raw: bool, group: str, **values: Any) -> None:
    """Print the letters at OFFSETS: reason, detail, where the record was, its key, headers and value.

    Bytes that a terminal cannot show are escapes. A long value is cut; --raw and --json have all of it.

    Example:

    \b
        segue dlq show 17 18
    """
    connection = build_group(Connection, values)
    marks = read_marks(connection, group)
    left = set(offsets)
    for letter in read_letters(connection, Wanted(offsets=offsets)):
        sent_again = Mark(letter.offset, letter.timestamp_ms) in marks
        if raw:
            click.echo(letter.value or b"", nl=False)
        else:
            click.echo(
                msgspec.json.encode(letter_row(letter, sent_again)) if as_json else letter_text(letter, sent_again)
            )
        left.discard(letter.offset)
        if not left:
            return
        if not (raw or as_json):
            click.echo()
    raise click.ClickException(
        f"no letter at offset {', '.join(map(str, sorted(left)))}; `segue dlq list` has examples"
    )


dlq.add_command(redrive)
