"""`segue demo`: Segue at work on real purchases, with nothing to prepare."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from time import sleep
from typing import Any

import click
from rich.console import Console
from rich.live import Live

from stream.cli.options import SettingOption
from stream.demo.applications import Actions
from stream.demo.run import Demo, Outcome, running_demo
from stream.demo.screen import figures, picture, segments_table
from stream.demo.tally import Tally
from stream.wire.changes import change_line

_LINE_EVERY_S = 5.0
_PIPE_WIDTH = 140

NEXT = """\
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
def demo(duration_s: float, rate: float, encoder: str, report: Path, stay: bool | None) -> None:
    """Stream real grocery purchases through a real Kafka and a real worker, and show the segment changes.

    Starts a broker and a dashboard of its own on free ports of 127.0.0.1. At the end it writes a report, the only
    file it leaves. Ctrl-C ends it earlier. In a pipe, prints plain lines.

    Example:

    \b
        segue demo --duration-s 30
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)
    show = LiveShow(console, duration_s) if console.is_terminal else PlainShow(console)
    try:
        with running_demo(rate, encoder, show) as running:
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
    console.print(
        f"Kafka, worker, applications and dashboard are stopped.\n\n{NEXT}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


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


class LiveShow:
    """A display updated in place."""

    def __init__(self, console: Console, duration_s: float) -> None:
        self._duration_s = duration_s
        self._live = Live(console=console, refresh_per_second=4, transient=True)

    def __enter__(self) -> None:
        self._live.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._live.__exit__(*error)

    def step(self, title: str) -> None:
        """Print the title of a step."""
        self._live.console.print(f"[dim]{title} …[/dim]")

    def update(self, tally: Tally, actions: Actions, elapsed_s: float) -> None:
        """Draw the current figures."""
        self._live.update(picture(tally, actions, elapsed_s, self._duration_s))


class PlainShow:
    """A display of plain lines, for pipes and logs."""

    def __init__(self, console: Console) -> None:
        self._console, self._next_s = console, 0.0

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        pass

    def step(self, title: str) -> None:
        """Print the title of a step."""
        self._console.print(f"{title} …", highlight=False)

    def update(self, tally: Tally, actions: Actions, elapsed_s: float) -> None:
        """Print a line of figures, the latest change and action of each application, every 5 seconds."""
        if elapsed_s >= self._next_s:
            self._next_s = elapsed_s + _LINE_EVERY_S
            self._console.print(f"{elapsed_s:5.0f} s  {figures(tally)}", highlight=False, soft_wrap=True)
            changes = [change_line(change) for change in list(tally.latest)[-1:]]
            for line in [*changes, *actions.lines()]:
                self._console.print(f"         {line}", highlight=False, markup=False, soft_wrap=True)


def farewell(console: Console, outcome: Outcome) -> None:
    """Print the results of the demo."""
    tally = outcome.tally
    console.print(segments_table(tally))
    for change in tally.latest:
        console.print(change_line(change), highlight=False, markup=False, soft_wrap=True)
    console.print("\nWhat the applications did last:")
    for line in outcome.actions.lines():
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    console.print()
    end = "Stopped early" if outcome.interrupted else "Done"
    console.print(
        f"{end}: {tally.events_done:,} of {outcome.n_sent:,} events in {outcome.elapsed_s:.0f} s "
        f"({tally.events_done / outcome.elapsed_s:,.0f} a second), {len(tally.segment_of):,} users in "
        f"{len(tally.sizes())} segments, {tally.n_changes:,} changes, {tally.n_moves:,} of them moves.\n",
        highlight=False,
        soft_wrap=True,
    )
