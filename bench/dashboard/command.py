"""`python -m bench dashboard`."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from tqdm import tqdm

from bench.dashboard.run import EVERY_S, measure_browsers, measure_pages
from bench.harness.conditions import conditions
from bench.harness.options import json_option, quick_option
from bench.harness.runner import write_json
from bench.harness.tables import print_conditions, print_table

COUNTS, PAGES, SECONDS, N_USERS = (0, 1, 10, 50), ("/", "/segments", "/flows"), 30.0, 5_000
QUICK_COUNTS, QUICK_PAGES, QUICK_SECONDS, QUICK_USERS = (0, 1), ("/",), 2.0, 200


@click.command()
@quick_option
@json_option
def dashboard(quick: bool, json_file: Path | None) -> None:
    """Measure what an open page costs: CPU of the server, kB a second, and the page's memory in a real Chromium.

    A process writes 25 moves into the store five times a second. Needs the extra `serve`; a Chromium is fetched once if
    the machine has none.
    """
    counts, pages = (QUICK_COUNTS, QUICK_PAGES) if quick else (COUNTS, PAGES)
    seconds, n_users = (QUICK_SECONDS, QUICK_USERS) if quick else (SECONDS, N_USERS)
    found = conditions(quick)
    print_conditions(found)
    n_turns = round(seconds / EVERY_S) * (len(counts) + len(pages))
    with TemporaryDirectory() as folder, tqdm(total=n_turns, unit="update", desc="dashboard") as bar:
        browsers = list(measure_browsers(Path(folder) / "browsers.store", counts, seconds, n_users, bar.update))
        opened = list(measure_pages(Path(folder) / "pages.store", pages, seconds, n_users, bar.update))
    note = f"{n_users:,} users, {seconds:.0f} s a row. Load of the machine at the end: {os.getloadavg()[0]:.1f}."
    print_table("Browsers", browsers, note)
    print_table("Pages", opened, note)
    if json_file is not None:
        rows = {"browsers": [asdict(each) for each in browsers], "pages": [asdict(each) for each in opened]}
        write_json(json_file, {"conditions": found, **rows})
