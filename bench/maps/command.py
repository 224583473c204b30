"""`python -m bench maps`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from bench.harness.conditions import conditions
from bench.harness.options import json_option, quick_option
from bench.harness.runner import write_json
from bench.harness.tables import print_conditions, print_table
from bench.maps.people import Months, demo_months, planted_months
from bench.maps.rows import CostRow, ShiftRow, TrustRow, compare, cost_rows
from stream.maps.fit import EVERY, N_LANDMARKS
from stream.maps.methods import Method
from stream.runtime.process import prepare_process

FLAT = (Method.TSNE_2D, Method.UMAP_2D)
DATES = ("2017-06-01", "2017-09-01", "2017-10-01")
QUICK_DATES = ("2017-06-01", "2017-07-15", "2017-08-15")
_SHIFT = (
    "Shares of the map's width. unchanged p100: the largest shift of a user whose profile did not change. afresh: the "
    "library run on each month's users, the second run turned to the first. chance: two users at random."
)
_TRUST = "The users of the second month on the first month's map, and the library run afresh on the same users."
_COST = "Seconds of one core, one process a row; memory in MB, with the planted users before and at most."


@click.command()
@quick_option
@click.option("--cost/--no-cost", default=True, show_default=True, help="Measure time and memory too.")
@json_option
def maps(quick: bool, cost: bool, json_file: Path | None) -> None:
    """Measure how far users move between two reports, how true neighbours are on the maps, and what maps cost.

    Two stores of the demo's purchases are a month of the stream's clock apart, and so are planted users. Needs the
    extras `cpu`, `demo` and `report`; takes some fifteen minutes.
    """
    prepare_process()
    found = conditions(quick)
    print_conditions(found)
    dates, n_users, n_landmarks = (QUICK_DATES, 600, 300) if quick else (DATES, 5_000, N_LANDMARKS)
    shifts, trusts = _compared([demo_months(*dates), planted_months("heavy tail", n_users)], n_landmarks)
    print_table("A month apart", shifts, _SHIFT)
    print_table("Neighbours", trusts, _TRUST)
    costs = _costs((n_users,) if quick else (n_users, 50_000), n_landmarks) if cost else []
    if costs:
        print_table("Cost", costs, _COST)
    if json_file is not None:
        parts: dict[str, Sequence[Any]] = {"shifts": shifts, "neighbours": trusts, "cost": costs}
        tables = {name: [asdict(row) for row in rows] for name, rows in parts.items()}
        write_json(json_file, {"conditions": found} | tables)


def _compared(every: list[Months], n_landmarks: int) -> tuple[list[ShiftRow], list[TrustRow]]:
    found = [pair for months in tqdm(every, desc="months") for pair in compare(months, FLAT, n_landmarks)]
    return [pair[0] for pair in found], [pair[1] for pair in found]


def _costs(sizes: tuple[int, ...], n_landmarks: int) -> list[CostRow]:
    return [row for size in tqdm(sizes, desc="sizes") for row in cost_rows(size, EVERY, n_landmarks)]
