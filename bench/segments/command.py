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
import msgspec
from tqdm import tqdm

from bench.harness.conditions import conditions
from bench.harness.tables import print_conditions, print_table
from bench.segments.driver import N_PANEL, N_SAMPLES, run
from bench.segments.methods import COMPETITORS
from bench.segments.river_baselines import N_SAMPLES as N_RIVER_SAMPLES
from bench.segments.rows import LAST_DAYS, Scores, rows, scores
from bench.segments.scenarios import QUICK, SCENARIOS, Scenario
from bench.segments.themes import Catalogue, catalogue
from stream.bootstrap import prepare_process
from stream.files.complete_journey import JourneyError

_BY_NAME = {scenario.name: scenario for scenario in (*SCENARIOS, *QUICK)}
_ARMS = tuple(competitor.name for competitor in COMPETITORS)
_N_PROCESSES = 2
_NOTE = (
    f"Means over seeds. ARI over the people of a panel ({N_PANEL:,}, everyone in the ring's scenario) active on each "
    f"day: mean over days, and over the last {LAST_DAYS}. Unjustified: id changes in 1,000 user-days that neither the "
    f"person's group nor a planted event explains. Every arm learns the same sample of {N_SAMPLES:,} people a day, "
    f"River's its first {N_RIVER_SAMPLES}. s: seconds of the arm in one run."
)


@click.command()
@click.option("--quick", is_flag=True, help="One small scenario, one seed: shows that it works.")
@click.option("--scenario", "names", multiple=True, type=click.Choice(list(_BY_NAME)), help="Only this; repeatable.")
@click.option("--arm", "arms", multiple=True, type=click.Choice(_ARMS), help="Only this; repeatable.")
@click.option("--seeds", "n_seeds", type=click.IntRange(min=1), help="So many.  [default: 3]")
@click.option("--first-seed", type=click.IntRange(min=0), default=0, show_default=True, help="The first of them.")
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="File for every score of every seed."
)
def segments(
    quick: bool,
    names: tuple[str, ...],
    arms: tuple[str, ...],
    n_seeds: int | None,
    first_seed: int,
    json_file: Path | None,
) -> None:
    """Do segments keep their meaning? Segue and its peers on streams whose groups are known.

    People live through days with real texts under the default model; groups drift, shift, split, merge, come and go.
    Some fifteen minutes on two cores; needs the extras `cpu` and `demo`, and River.
    """
    chosen = [_BY_NAME[name] for name in names] or list(QUICK if quick else SCENARIOS)
    said = conditions(quick) | {"River": version("river")}
    print_conditions(said)
    try:
        texts = catalogue()
    except JourneyError as error:
        raise click.ClickException(str(error)) from error
    seeds = range(first_seed, first_seed + (n_seeds or (1 if quick else 3)))
    found = sorted(_measure(chosen, seeds, arms or _ARMS, texts), key=_order)
    for scenario in chosen:
        print_table(scenario.name, rows([s for s in found if s.scenario == scenario.name]), _NOTE)
    if json_file is not None:
        parts = {"conditions": said, "scores": [asdict(score) for score in found]}
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(parts)) + b"\n")


def _measure(scenarios: Sequence[Scenario], seeds: range, arms: Sequence[str], texts: Catalogue) -> Iterator[Scores]:
    """Every scenario and seed, some at a time, in the order in which they end; the longest first."""
    tasks = sorted(product(scenarios, seeds), key=lambda task: -task[0].n_users)
    with ProcessPoolExecutor(_N_PROCESSES, get_context("spawn"), initializer=prepare_process) as pool:
        running = [pool.submit(_one, scenario, seed, arms, texts) for scenario, seed in tasks]
        for done in tqdm(as_completed(running), total=len(running), desc="runs"):
            yield from done.result()


def _one(scenario: Scenario, seed: int, arms: Sequence[str], texts: Catalogue) -> list[Scores]:
    chosen = [competitor for competitor in COMPETITORS if competitor.name in arms]
    return scores(run(scenario, seed, chosen, texts))


def _order(score: Scores) -> tuple[int, int, int]:
    return list(_BY_NAME).index(score.scenario), _ARMS.index(score.arm), score.seed
