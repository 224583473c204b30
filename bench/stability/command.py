"""`python -m bench stability`."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

import click

from bench.harness.conditions import ROOT, conditions
from bench.harness.options import json_option, quick_option
from bench.harness.runner import write_json
from bench.harness.tables import print_conditions, print_table
from bench.stability.measurement import measure
from bench.stability.runs import Stream, demo_settings
from export.presets.completejourney import BEFORE

FULL = Stream(one_in=1, learn_from="2017-01-01", replay_from="2017-03-01", count_from="2017-04-01", until=BEFORE)
QUICK = Stream(one_in=5, learn_from="2017-06-01", replay_from="2017-07-15", count_from="2017-08-15", until=BEFORE)
N_PROCESSES = 2


@click.command()
@quick_option
@click.option("--model", default=str(ROOT / "models" / "demo"), show_default=True, help="Folder of the encoder.")
@json_option
def stability(quick: bool, model: str, json_file: Path | None) -> None:
    """Measure the flips and delays of hysteresis on a real stream, and the predictive utility of segments.

    Replays The Complete Journey on the event clock with the demo's settings. Four runs share one segment model: with
    margin and dwell, with one of them, with neither. Three more runs train live, two of them with a shorter and a
    longer memory. Needs the extras `cpu` and `demo`; takes some minutes on two cores.
    """
    stream = QUICK if quick else FULL
    found = conditions(quick)
    print_conditions(found)
    with ProcessPoolExecutor(N_PROCESSES, mp_context=get_context("spawn")) as pool:
        tables = measure(stream, demo_settings(model), pool)
    for table in tables:
        print_table(table.title, table.rows, table.note)
    if json_file is not None:
        parts = {table.title: [asdict(row) for row in table.rows] for table in tables}
        write_json(json_file, {"conditions": found, "stream": asdict(stream), "parts": parts})
