"""Display of the demo: progress, figures, segments, and the latest changes as sentences."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from stream.core.reserved import INACTIVE, UNKNOWN
from stream.demo.applications import Actions
from stream.demo.tally import Tally
from stream.wire.changes import change_line

_BAR = 20
_RESERVED = {UNKNOWN: "far from every segment", INACTIVE: "nothing recent"}


def picture(tally: Tally, actions: Actions, elapsed_s: float, duration_s: float) -> RenderableType:
    """Return progress, figures, segments, latest changes and what the applications do, for a live display."""
    bar = ProgressBar(total=duration_s, completed=min(elapsed_s, duration_s), width=28)
    head = Table.grid(padding=(0, 2))
    head.add_row(bar, f"{elapsed_s:.0f} of {duration_s:.0f} s", figures(tally))
    changes = _lines([change_line(change) for change in reversed(tally.latest)], "warming up …")
    return Group(
        Panel(head, title="Segue: purchases in, segment changes out", title_align="left"),
        segments_table(tally),
        Panel(changes, title="latest changes", title_align="left"),
        Panel(_lines(actions.lines(), "learning …"), title=f"applications: {actions.n:,} actions", title_align="left"),
    )


def _lines(lines: list[str], otherwise: str) -> RenderableType:
    return Text("\n".join(lines) or otherwise, overflow="ellipsis", no_wrap=True)


def figures(tally: Tally) -> str:
    """Return one line of figures."""
    date = f"{_day(tally)}  " if tally.latest else ""
    return (
        f"{date}{tally.events_done:,} events  {tally.events_per_s():,.0f}/s  lag {tally.lag:,}  "
        f"{len(tally.segment_of):,} users  {tally.n_moves:,} moves"
    )


def segments_table(tally: Tally) -> RenderableType:
    """Return the segments with names and sizes, the largest first."""
    table = Table(expand=True, box=None, padding=(0, 1))
    table.add_column("segment", no_wrap=True, min_width=9)
    table.add_column("name", no_wrap=True)
    table.add_column("users", no_wrap=True, min_width=6, justify="right")
    table.add_column("", no_wrap=True)
    table.add_column("typical", no_wrap=True)
    sizes = tally.sizes()
    largest = max(sizes.values(), default=1)
    for segment, size in sizes.most_common():
        name, terms = _named(segment, tally)
        bar = "█" * max(1, round(_BAR * size / largest))
        table.add_row(*map(Text, (segment, name, f"{size:,}", bar, terms)))
    return table


def _named(segment: str, tally: Tally) -> tuple[str, str]:
    entry = tally.catalogue.get(segment)
    if entry is None:
        return _RESERVED.get(segment, ""), ""
    return entry.description.name, ", ".join(phrase.text for phrase in entry.description.phrases)


def _day(tally: Tally) -> str:
    return f"{datetime.fromtimestamp(tally.latest[-1].decision_time_ms / 1000, UTC):%d %b %Y}"
