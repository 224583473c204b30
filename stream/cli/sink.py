"""`segue sink`: audiences to an HTTP endpoint, their reconciliation, and dead letters."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec
from tqdm import tqdm

from stream.cli.options import CommaSeparated, SettingOption, setting_option, settings_options
from stream.cli.worker import stop_on_signals
from stream.kafka.connection import Connection
from stream.observability.log import configure_log
from stream.settings import Process, build_group
from stream.sink.ledger_view import viewing
from stream.sink.policy import SinkPolicy
from stream.sink.setup import SinkSetup, default_ledger
from stream.sink.verify import Difference, find_differences

Command = TypeVar("Command", bound=Callable[..., Any])


def _place(command: Command) -> Command:
    """Give a verb the options of an endpoint and its ledger."""
    url = click.option(
        "--url", cls=SettingOption, required=True, envvar="SEGUE_SINK_URL", help="Address of the endpoint."
    )
    ledger = click.option(
        "--ledger",
        cls=SettingOption,
        type=click.Path(dir_okay=False, path_type=Path),
        envvar="SEGUE_SINK_LEDGER",
        help="File that says what the endpoint was told. Default: one for each cluster, prefix and address in "
        "~/.local/state/segue (XDG_STATE_HOME).",
    )
    return url(ledger(command))


def _endpoint(command: Command) -> Command:
    """Give a verb the options of an endpoint, its audiences and its ledger."""
    segments = click.option(
        "--segments",
        cls=SettingOption,
        type=CommaSeparated(),
        required=True,
        envvar="SEGUE_SINK_SEGMENTS",
        help="Ids of the segments that are audiences, comma-separated.",
    )
    return segments(_place(command))


@click.group()
def sink() -> None:
    """Keep audiences at an HTTP endpoint up to date: who enters a segment, and who leaves it."""


@sink.command()
@_endpoint
@settings_options(Connection, SinkPolicy)
@setting_option(Process, "log_format")
@setting_option(Process, "log_level")
def webhook(
    url: str, segments: tuple[str, ...], ledger: Path | None, log_format: str, log_level: str, **values: Any
) -> None:
    """Send entries and exits of segments to --url until stopped.

    Each batch is checked against all records on `user-segments` right before every attempt. A restart goes on by the
    ledger. Ctrl-C and SIGTERM stop after the request in progress, with exit code 0. Secrets belong into
    SEGUE_SINK_HEADERS, not into the address.

    Example:

    \b
        SEGUE_SINK_HEADERS='Authorization: Bearer …' segue sink webhook --segments s-0003,s-0007 \\
            --url https://crm.example/audiences --sink-consent marketing=true --sink-min-audience 50
    """
    from stream.sink.run import run_sink  # loads httpx and tenacity, an extra

    configure_log(log_format, log_level)
    run_sink(_setup(url, segments, ledger, values), stop_on_signals())


@sink.command()
@_endpoint
@click.option(
    "--repair", cls=SettingOption, is_flag=True, help="Send the differences, while no sink runs on the ledger."
)
@settings_options(Connection, SinkPolicy)
def verify(url: str, segments: tuple[str, ...], ledger: Path | None, repair: bool, **values: Any) -> None:
    """Compare what the endpoint acknowledged with the members by the whole of `user-segments`.

    Prints each difference as JSON, one a line. Exit code 1: there are some. --repair sends them first, and messages
    that were refused too, then compares again. Beside a running sink, a batch in progress is a difference.

    Example:

    \b
        segue sink verify --segments s-0003,s-0007 --url https://crm.example/audiences --repair
    """
    from stream.sink.run import run_sink  # loads httpx and tenacity, an extra

    setup = _setup(url, segments, ledger, values)
    if repair:
        run_sink(setup, stop := stop_on_signals(), is_repair=True)
        if stop.is_set():
            sys.exit(130)
    found = _differences(setup)
    for each in found:
        click.echo(msgspec.json.encode(each))
    click.echo(f"{len(found):,} differences" if found else "no difference", err=True)
    sys.exit(1 if found else 0)


@sink.command()
@_place
@settings_options(Connection)
def letters(url: str, ledger: Path | None, **values: Any) -> None:
    """Print the dead letters: messages that the endpoint refused, with its status and the beginning of its answer.

    One JSON object a line. A letter goes when the endpoint takes the message, and when the user is erased.
    `segue sink verify --repair` sends them again.

    Example:

    \b
        segue sink letters --url https://crm.example/audiences | jq .status
    """
    connection = build_group(Connection, values)
    with viewing(ledger or default_ledger(connection, url, os.environ)) as view:
        for each in view.letters():
            click.echo(msgspec.json.encode(each))


def _differences(setup: SinkSetup) -> list[Difference]:
    """Compare, with a progress bar. Ctrl-C ends the process with exit code 130."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with tqdm(unit=" records", file=sys.stderr, disable=None) as bar:

            def tell(n_read: int, n_all: int) -> None:
                bar.total = n_all
                bar.update(n_read - bar.n)

            return find_differences(setup, tell)
    except KeyboardInterrupt:
        click.echo("stopped; nothing was compared", err=True)
        sys.exit(130)


def _setup(url: str, segments: tuple[str, ...], ledger: Path | None, values: dict[str, Any]) -> SinkSetup:
    """Return the settings of a sink. Raise SinkError and SettingError before anything connects."""
    connection = build_group(Connection, values)
    place = ledger or default_ledger(connection, url, os.environ)
    return SinkSetup(connection, build_group(SinkPolicy, values), url, segments, place)
