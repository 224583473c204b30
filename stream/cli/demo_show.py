"""The display of `segue demo`: in place in a terminal, plain lines in a pipe, and the results at the end."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.live import Live

from stream.demo.applications import Actions
from stream.demo.run import Outcome
from stream.demo.screen import figures, picture, segments_table
from stream.demo.tally import Tally
from stream.wire.changes import change_line

_LINE_EVERY_S = 5.0


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
