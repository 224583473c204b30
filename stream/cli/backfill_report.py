"""Sentences of `segue backfill`: on a past before the run, and on its events after it."""

from __future__ import annotations

import click

from stream.backfill.past import Past, day
from stream.core.policy import DAY_MS
from stream.wire.backfill_records import BackfillRecord


def tell_past(past: Past, record: BackfillRecord) -> None:
    """Print what the past holds, and what is done with its times."""
    before = f", {past.n_before:,} before --since" if past.n_before else ""
    ahead = f", {past.n_ahead:,} after now" if past.n_ahead else ""
    days = f"events from {day(past.first_ms)} to {day(past.newest_ms)}{before}{ahead}"
    click.echo(f"{record.source}: {past.n_records:,} records, {days}", err=True)
    if record.shift_ms:
        click.echo(f"{record.shift_ms / DAY_MS:,.1f} days are added to every time, so that the newest is now", err=True)
    if record.n_done:
        click.echo(f"goes on after {record.n_done:,} events of an earlier run", err=True)


def outcomes(record: BackfillRecord) -> str:
    """Return how many events came to what, with an example of each reason for a refusal."""
    counts = ", ".join(f"{n:,} {outcome}" for outcome, n in sorted(record.outcomes.items(), key=lambda pair: -pair[1]))
    refused = "".join(f"\n  {reason} {each.n:,}, such as {each.example}" for reason, each in record.refused.items())
    return f"{record.n_done:,} events: {counts or 'none'}{refused}"
