"""`segue dlq redrive`: the messages of dead letters to `user-events` again, each at most once."""

from __future__ import annotations

import signal
from contextlib import closing
from itertools import islice
from typing import Any

import click

from stream.cli.letters import Wanted, letter_filters, read_letters
from stream.cli.options import SettingOption, settings_options
from stream.cli.redrive_sorter import Fate, Options, Sorter
from stream.kafka.redriver import Redrive, Redriver, read_marks
from stream.settings import WORKER_GROUPS, WorkerSettings, worker_settings
from stream.wire.redriving import mark_of

_CHUNK = 500  # messages of one transaction


@click.command()
@letter_filters
@click.option(
    "--offset",
    "offsets",
    cls=SettingOption,
    type=click.IntRange(0),
    multiple=True,
    help="Only the letter at this offset; may be given several times.",
)
@click.option("--dry-run", cls=SettingOption, is_flag=True, help="Count only, and send nothing.")
@click.option("--limit", cls=SettingOption, type=click.IntRange(1), help="Stop after so many messages sent.")
@click.option(
    "--rekey", cls=SettingOption, is_flag=True, help="Take a missing or wrong key from the user in a JSON value."
)
@click.option(
    "--again", cls=SettingOption, is_flag=True, help="Also letters that were sent again before, or came back since."
)
@click.option(
    "--unchecked", cls=SettingOption, is_flag=True, help="Also what this version and these settings would refuse again."
)
@settings_options(*WORKER_GROUPS)
def redrive(
    reason: tuple[str, ...],
    since: int | None,
    to_time: int | None,
    offsets: tuple[int, ...],
    dry_run: bool,
    limit: int | None,
    rekey: bool,
    again: bool,
    unchecked: bool,
    **values: Any,
) -> None:
    """Send the messages of dead letters to `user-events` again, as they were received.

    For letters whose cause is mended: an upgrade, a setting, a clock. Each letter is sent once, with a mark in the same
    transaction, so a second run sends nothing twice. Letters that arrive meanwhile are left for the next run. A message
    that is refused once more comes back with the header `segue.redriven`, and stays.

    Example:

    \b
        segue dlq redrive --reason timestamp_ahead --dry-run
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = Options(rekey, again, unchecked, dry_run, limit)
    run_redrive(worker_settings(values), Wanted(reason, offsets, since, to_time), options)


def run_redrive(settings: WorkerSettings, wanted: Wanted, options: Options) -> None:
    """Send what is wanted, and print the counts, also after Ctrl-C."""
    from stream.bootstrap import build_decoder  # loads the encoder's runtime, an extra

    connection, group = settings.connection, settings.options.group
    redriver = None if options.dry_run else Redriver(connection, group)  # first: it settles an earlier redrive
    sorter = Sorter(build_decoder(settings), read_marks(connection, group), settings.policy, options)
    try:
        with closing(read_letters(connection, wanted)) as letters:
            chosen = islice(sorter.to_send(letters), options.limit)
            while chunk := [Redrive(message, mark_of(letter, group)) for letter, message in islice(chosen, _CHUNK)]:
                for is_sent in redriver.send(chunk) if redriver else [True] * len(chunk):
                    sorter.tally.fates[Fate.SENT if is_sent else Fate.TOO_LARGE] += 1
    except KeyboardInterrupt:
        click.echo("stopped; what was not sent is left for the next run", err=True)
        raise
    finally:
        click.echo("\n".join(sorter.tally.lines(options.dry_run)))
