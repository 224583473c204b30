"""`python -m bench soak`."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from bench.harness.conditions import conditions
from bench.harness.options import json_option
from bench.harness.runner import write_json
from bench.harness.tables import print_conditions, print_table
from bench.soak.churn import Rhythm
from bench.soak.run import Sizes
from bench.soak.run import soak as samples_of
from bench.soak.sampling import Sample
from bench.soak.verdict import GROWTH_IS_A_FAULT, N_SAMPLES_MIN, WARM_UP_S, Row, Verdict, after_warm_up, rows

FULL_MINUTES = 60


@click.command()
@click.option("--minutes", type=click.FloatRange(0, min_open=True), default=FULL_MINUTES, show_default=True)
@click.option("--every-s", type=click.FloatRange(0, min_open=True), default=10.0, show_default=True)
@click.option("--rate", type=click.FloatRange(0), default=0.0, help="Events a second; 0: as fast as the worker.")
@click.option("--regulars", type=click.IntRange(10), default=Rhythm.n_regulars, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@json_option
def soak(minutes: float, every_s: float, rate: float, regulars: int, seed: int, json_file: Path | None) -> None:
    """Run one worker and one broker at full rate, with users who come and go; is anything growing?

    Needs Linux. Ctrl-C ends the run early and prints what it has.
    """
    sizes = Sizes(minutes, every_s, rate, seed, Rhythm(regulars))
    found: dict[str, Any] = {"conditions": conditions(minutes < FULL_MINUTES), "sizes": asdict(sizes), "samples": []}
    print_conditions(found["conditions"])
    samples: list[Sample] = []
    with tqdm(total=round(minutes * 60), unit="s", desc="soak") as bar:
        try:
            for sample in samples_of(sizes):
                samples.append(sample)
                found["samples"].append(asdict(sample))
                bar.update(round(sample.elapsed_s) - bar.n)
                if json_file is not None:
                    write_json(json_file, found)
        except KeyboardInterrupt:
            click.echo("ended early", err=True)
    table = report(samples)
    growing = [row.figure for row in table if row.figure in GROWTH_IS_A_FAULT and row.verdict == Verdict.RISING]
    if growing and minutes >= FULL_MINUTES:
        raise click.ClickException(f"growing: {', '.join(growing)}")


def report(samples: list[Sample]) -> list[Row]:
    """Print the table, and what it has no row for. Return its rows."""
    if len(after_warm_up(samples)) < N_SAMPLES_MIN:
        raise click.ClickException("too few samples for a trend: give more --minutes, or a smaller --every-s")
    first, last = after_warm_up(samples)[0], samples[-1]
    hours = max(1e-9, (last.elapsed_s - first.elapsed_s) / 3600)
    note = (
        f"{last.n_events:,} events in {last.elapsed_s / 60:.0f} minutes; the warm-up of "
        f"{min(WARM_UP_S, last.elapsed_s / 3) / 60:.0f} minutes is left out. "
        f"Full garbage collections: {(last.n_full_collections - first.n_full_collections) / hours:.0f} an hour, "
        f"{last.collection_s - first.collection_s:.1f} s together. Turns not delivered: {last.not_delivered:.0f}. "
        f"Segment models: {last.segment_model:.0f}. Load of the machine at the end: {os.getloadavg()[0]:.1f}, "
        f"niceness {os.nice(0)}."
    )
    table = rows(samples)
    print_table("Soak", table, note)
    return table
