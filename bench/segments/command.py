"""`python -m bench segments`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from importlib.metadata import version
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import click
from tqdm import tqdm

from bench.harness.conditions import conditions
from bench.harness.options import json_option, quick_option
from bench.harness.runner import write_json
from bench.harness.tables import print_conditions, print_table
from bench.segments.driver import N_PANEL, N_SAMPLES, run
from bench.segments.methods import METHODS
from bench.segments.river_baselines import N_SAMPLES as N_RIVER_SAMPLES
from bench.segments.rows import LAST_DAYS, Scores, rows, scores
from bench.segments.scenarios import QUICK, SCENARIOS, Scenario
from bench.segments.themes import Catalogue, catalogue
from stream.runtime.process import prepare_process

_BY_NAME = {scenario.name: scenario for scenario in (*SCENARIOS, *QUICK)}
_METHODS = tuple(method.name for method in METHODS)
_N_PROCESSES = 2
_NOTE = (
    f"Means over seeds. ARI over the active users of a panel of {N_PANEL:,} (all users in the ring's scenario): "
    f"mean over days, and over the last {LAST_DAYS}. Unjustified: id changes in 1,000 user-days that neither the "
    f"user's group nor a planted event explains. All methods learn the same sample of {N_SAMPLES:,} users a day, "
    f"River's the first {N_RIVER_SAMPLES}. s: seconds of the method in one run."
)


@click.command()
@quick_option
@click.option("--scenario", "names", multiple=True, type=click.Choice(list(_BY_NAME)), help="Only this; repeatable.")
@click.option("--method", "method_names", multiple=True, type=click.Choice(_METHODS), help="Only this; repeatable.")
@click.option("--seeds", "n_seeds", type=click.IntRange(min=1), help="Number of seeds.  [default: 3]")
@click.option("--first-seed", type=click.IntRange(min=0), default=0, show_default=True, help="The first of them.")
@json_option
def segments(
    quick: bool,
    names: tuple[str, ...],
    method_names: tuple[str, ...],
    n_seeds: int | None,
    first_seed: int,
    json_file: Path | None,
) -> None:
    """Compare the segment ids of Segue and other clustering libraries on streams with known groups.

    Simulated users have real texts under the default model. Groups drift, shift, split, merge, appear and vanish. Takes
    some fifteen minutes on two cores; needs the extras `cpu` and `demo`, and River.
    """
    chosen = [_BY_NAME[name] for name in names] or list(QUICK if quick else SCENARIOS)
    measured_under = conditions(quick) | {"River": version("river")}
    print_conditions(measured_under)
    texts = catalogue()
    seeds = range(first_seed, first_seed + (n_seeds or (1 if quick else 3)))
    found = sorted(_measure(chosen, seeds, method_names or _METHODS, texts), key=_order)
    for scenario in chosen:
        print_table(scenario.name, rows([s for s in found if s.scenario == scenario.name]), _NOTE)
    if json_file is not None:
        parts = {"conditions": measured_under, "scores": [asdict(score) for score in found]}
        write_json(json_file, parts)


def _measure(scenarios: Sequence[Scenario], seeds: range, methods: Sequence[str], texts: Catalogue) -> Iterator[Scores]:
    """Run every scenario and seed, the longest first, and yield scores as runs end."""
    tasks = sorted(product(scenarios, seeds), key=lambda task: -task[0].n_users)
    with ProcessPoolExecutor(_N_PROCESSES, get_context("spawn"), initializer=prepare_process) as pool:
        running = [pool.submit(_one, scenario, seed, methods, texts) for scenario, seed in tasks]
        for done in tqdm(as_completed(running), total=len(running), desc="runs"):
            yield from done.result()


def _one(scenario: Scenario, seed: int, methods: Sequence[str], texts: Catalogue) -> list[Scores]:
    chosen = [method for method in METHODS if method.name in methods]
    return scores(run(scenario, seed, chosen, texts))


def _order(score: Scores) -> tuple[int, int, int]:
    return list(_BY_NAME).index(score.scenario), _METHODS.index(score.method), score.seed
