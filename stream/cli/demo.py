"""`segue demo`: Segue at work on real purchases, with nothing to prepare."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from time import sleep

import click
from rich.console import Console

from stream.cli.app import ALL, USES
from stream.cli.demo_show import LiveShow, PlainShow, farewell
from stream.cli.options import SettingOption
from stream.demo.run import Demo, running_demo

_PIPE_WIDTH = 140

NEXT = """\
Kafka, worker, applications and dashboard are stopped.

Where to go next
  segue kafka                              a broker of your own, in another terminal
  segue topics create && segue worker      the same worker on your own events
  segue produce events.jsonl               send them: {"user_id": "7", "text": "red shoes", "timestamp": 1767225600000}
  segue serve                              the dashboard and the lookup API
  segue app recommendation                 an application on the segments; --help lists them
  segue watch                              the changes as they happen; --json for programs
  segue config                             every setting and where it comes from
"""


@click.command()
@click.option(
    "--duration-s",
    cls=SettingOption,
    type=click.FloatRange(1),
    default=110.0,
    envvar="SEGUE_DEMO_DURATION_S",
    help="Seconds of streaming.",
)
@click.option(
    "--rate",
    cls=SettingOption,
    type=click.FloatRange(0),
    default=5000.0,
    envvar="SEGUE_DEMO_RATE",
    help="Purchases a second at most; 0: limited by the worker only. 5,000 is about 106,000 times real time.",
)
@click.option(
    "--encoder",
    cls=SettingOption,
    default="demo",
    envvar="SEGUE_DEMO_ENCODER",
    help="Encoder: `default` or `demo`, which ship with Segue, or a folder; `demo` is fine-tuned on this shop.",
)
@click.option(
    "--app",
    cls=SettingOption,
    type=click.Choice([*USES, ALL]),
    default=ALL,
    envvar="SEGUE_DEMO_APP",
    help="Application to run beside it.",
)
@click.option(
    "--report",
    cls=SettingOption,
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("segue-report.html"),
    envvar="SEGUE_DEMO_REPORT",
    help="File for the report at the end; `-` for none.",
)
@click.option(
    "--stay/--no-stay",
    cls=SettingOption,
    default=None,
    envvar="SEGUE_DEMO_STAY",
    help="Keep the dashboard up at the end, until Ctrl-C. Default: in a terminal, and not in CI.",
)
def demo(duration_s: float, rate: float, encoder: str, app: str, report: Path, stay: bool | None) -> None:
    """Stream real grocery purchases through a real Kafka and a real worker, and show the segment changes.

    Starts a broker, a dashboard and four applications on free ports of 127.0.0.1. At the end it writes a report, the
    only file it leaves. Ctrl-C ends it earlier. In a pipe, prints plain lines.

    Example:

    \b
        segue demo --duration-s 60 --app risk
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)
    show = LiveShow(console, duration_s) if console.is_terminal else PlainShow(console)
    try:
        with running_demo(rate, encoder, app, show) as running:
            if running.dashboard is not None:
                console.print(f"Open the dashboard: {running.dashboard.url}\n", highlight=False, soft_wrap=True)
            with show:
                outcome = running.stream(duration_s, show)
            farewell(console, outcome)
            if not outcome.interrupted:
                after(running, console, report, is_watched() if stay is None else stay)
    except KeyboardInterrupt:
        console.print("stopped")
        sys.exit(130)
    console.print(NEXT, highlight=False, markup=False, soft_wrap=True)


def is_watched() -> bool:
    """Return True if a person watches: in a terminal that is not that of a CI."""
    return sys.stdout.isatty() and not os.environ.get("CI")


def after(running: Demo, console: Console, report: Path, stay: bool) -> None:
    """Write the report, and keep the dashboard up until Ctrl-C if wanted."""
    if running.dashboard is None:
        console.print(
            "For a dashboard and a report: pip install 'segue[serve,report]'\n", highlight=False, markup=False
        )
        return
    if str(report) != "-":
        running.report(report)
    if not stay:
        return
    console.print(f"\nThe dashboard stays at {running.dashboard.url} until Ctrl-C.", highlight=False, soft_wrap=True)
    try:
        while True:
            running.check_alive()
            sleep(1)
    except KeyboardInterrupt:
        console.print()
