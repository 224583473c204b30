"""`python -m bench stability`."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

import click
import msgspec

from bench.harness.conditions import ROOT, conditions
from bench.harness.tables import print_conditions, print_table
from bench.stability.measurement import Table, measure
from bench.stability.runs import Stream, demo_settings
from export.texts import BEFORE
from stream.files.complete_journey import JourneyError

FULL = Stream(one_in=1, learn_from="2017-01-01", replay_from="2017-03-01", count_from="2017-04-01", until=BEFORE)
QUICK = Stream(one_in=5, learn_from="2017-06-01", replay_from="2017-07-15", count_from="2017-08-15", until=BEFORE)
N_PROCESSES = 2


@click.command()
@click.option("--quick", is_flag=True, help="Fewer households and months: shows that it works; not numbers to quote.")
@click.option("--model", default=str(ROOT / "models" / "demo"), show_default=True, help="Folder of the encoder.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="File for the numbers.")
def stability(quick: bool, model: str, json_file: Path | None) -> None:
    """What hysteresis saves and costs on a real stream, and whether a segment tells what people buy next.

    The Complete Journey, replayed on the events' own clock with the demo's settings: with margin and dwell, with one of
    them and with neither, all by one segment model; with the trainer at work; and so with a longer memory. Needs the
    extras `cpu` and `demo`; some minutes on two cores.
    """
    stream = QUICK if quick else FULL
    found = conditions(quick)
    print_conditions(found)
    try:
        with ProcessPoolExecutor(N_PROCESSES, mp_context=get_context("spawn")) as pool:
            tables = measure(stream, demo_settings(model), pool)
    except JourneyError as error:
        raise click.ClickException(str(error)) from error
    for table in tables:
        print_table(table.title, table.rows, table.note)
    if json_file is not None:
        _write(json_file, found, stream, tables)


def _write(file: Path, found: dict[str, str], stream: Stream, tables: list[Table]) -> None:
    parts = {table.title: [asdict(row) for row in table.rows] for table in tables}
    document = {"conditions": found, "stream": asdict(stream), "parts": parts}
    file.write_bytes(msgspec.json.format(msgspec.json.encode(document)) + b"\n")
