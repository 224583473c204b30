"""`segue demo`: Segue at work on real purchases, with nothing to prepare."""

from __future__ import annotations

import signal
import sys
from typing import Any

import click
from rich.console import Console
from rich.live import Live

from stream.cli.options import SettingOption
from stream.demo.run import Outcome, run_demo
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
def demo(**values: Any) -> None:
    """Stream real grocery purchases through a real Kafka and a real worker, and show the segment changes.

    Starts a broker of its own on a free port of 127.0.0.1 and leaves no files. Ends by itself, or
    earlier at Ctrl-C. In a pipe, prints plain lines.

    Example:

    \b
        segue demo --duration-s 30
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)
    show = LiveShow(console, values["duration_s"]) if console.is_terminal else PlainShow(console)
    try:
        with show:
            outcome = run_demo(values["duration_s"], values["rate"], values["encoder"], show)
    except KeyboardInterrupt:
        console.print("stopped before the start")
        sys.exit(130)
    farewell(console, outcome)


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

    def update(self, tally: Tally, elapsed_s: float) -> None:
        """Draw the current figures."""
        self._live.update(picture(tally, elapsed_s, self._duration_s))


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

    def update(self, tally: Tally, elapsed_s: float) -> None:
        """Print a line of figures and the latest change, every 5 seconds."""
        if elapsed_s >= self._next_s:
            self._next_s = elapsed_s + _LINE_EVERY_S
            self._console.print(f"{elapsed_s:5.0f} s  {figures(tally)}", highlight=False, soft_wrap=True)
            if tally.latest:
                self._console.print(
                    f"         {change_line(tally.latest[-1])}", highlight=False, markup=False, soft_wrap=True
                )


def farewell(console: Console, outcome: Outcome) -> None:
    """Print the results of the demo, and next steps."""
    tally = outcome.tally
    console.print(segments_table(tally))
    for change in tally.latest:
        console.print(change_line(change), highlight=False, markup=False, soft_wrap=True)
    console.print()
    end = "Stopped early" if outcome.interrupted else "Done"
    console.print(
        f"{end}: {tally.events_done:,} of {outcome.n_sent:,} events in {outcome.elapsed_s:.0f} s "
        f"({tally.events_done / outcome.elapsed_s:,.0f} a second), {len(tally.segment_of):,} users in "
        f"{len(tally.sizes())} segments, {tally.n_changes:,} changes, {tally.n_moves:,} of them moves. "
        "Kafka and the worker are stopped, no files are left.\n",
        highlight=False,
        soft_wrap=True,
    )
    console.print(NEXT, highlight=False, markup=False, soft_wrap=True)
