"""The table of a run in Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from tests.chaos.run import Outcome, Result


@dataclass(frozen=True)
class Row:
    """A kind of fault; recovery is from its beginning until all events sent before it were processed."""

    fault: str
    count: int
    outcome: str
    recovery_median_s: float
    recovery_max_s: float


def rows(result: Result) -> list[Row]:
    """Return a row for each kind, and one for all. A history is right or wrong as a whole."""
    n = len(result.anomalies)
    said = f"{n} anomalies" if n else "nothing lost, nothing twice, equal to the undisturbed run"
    kinds = sorted({outcome.fault for outcome in result.outcomes})
    found = [_row(str(kind), [o for o in result.outcomes if o.fault is kind], said) for kind in kinds]
    return [*found, _row("all", result.outcomes, said)]


def note(result: Result) -> str:
    """Return what the table has no row for."""
    codes = Counter(ended.code for ended in result.ended)
    ends = ", ".join(f"{n} with code {code}" for code, n in sorted(codes.items())) or "none"
    return (
        f"{result.n_events:,} events ({result.n_unknown:,} never acknowledged), {result.n_changes:,} changes and "
        f"{result.n_models:,} decisions on segment models in {result.seconds / 60:.0f} minutes: "
        f"{result.n_events / result.seconds:,.0f} events/s. "
        f"Workers that ended by themselves and were started again: {ends}."
    )


def document(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Return the results for programs."""
    return [asdict(result) for result in results]


def _row(name: str, outcomes: Sequence[Outcome], said: str) -> Row:
    seconds = [outcome.recovery_s for outcome in outcomes] or [0.0]
    return Row(name, len(outcomes), said, median(seconds), max(seconds))
