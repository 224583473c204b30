"""`python -m bench meaning`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from bench.harness.conditions import conditions
from bench.harness.options import json_option, quick_option
from bench.harness.runner import write_json
from bench.harness.setting_texts import settings_with
from bench.harness.tables import print_conditions, print_table
from bench.meaning.outcomes import Outcome, run
from bench.meaning.rows import meaning_rows, name_rows, stability_rows, stranger_rows
from bench.meaning.scenarios import FULL, QUICK, SCENARIOS
from bench.meaning.stored_vectors import store, stored_vectors
from bench.meaning.yardstick import Size
from stream.bootstrap import build_encoder
from stream.core.setting import SettingError
from stream.runtime.process import prepare_process
from stream.settings import Process

N_PROCESSES = 2
_MEANING = (
    "Answers are the last segments that are not pending or inactive; `unknown` is one group. own: groups with a large "
    "segment that is mostly theirs. segments: those of at least 1 % of the users. worst day: largest share of unknown "
    "at the end of a day; fresh: unknown on the day of the first answer; days with 30 such users or more. k is the "
    "number of groups of k-means: the true one, or that of Segue."
)
_STRANGERS = (
    "Found: called unknown, or in a segment half of whose users are strangers, so many days after three events."
)
_READABLE = (
    "common word: names with a word that more than half of the users say. short: fewer than two content words. alike "
    "pairs: one name has no content word that the other lacks. read: groups with a segment mostly theirs, whose name "
    "and phrases are nearest to the group's texts by TF-IDF."
)
_NAMES = "Segments at the end, and the true group of most of their users."
_STABILITY = "changes/user: changes between two answers, `unknown` included."


@click.command()
@quick_option
@click.option("--scenario", "names", multiple=True, type=click.Choice(list(SCENARIOS)), help="Only this; repeatable.")
@click.option("--seeds", "n_seeds", type=click.IntRange(min=1), help="Number of seeds.  [default: 3]")
@click.option("--first-seed", type=click.IntRange(min=0), default=0, show_default=True, help="The first of them.")
@click.option("--set", "texts", multiple=True, metavar="NAME=VALUE", help="Another value of a setting; repeatable.")
@click.option("--baselines/--no-baselines", default=True, show_default=True, help="Rows of k-means besides.")
@json_option
def meaning(
    quick: bool,
    names: tuple[str, ...],
    n_seeds: int | None,
    first_seed: int,
    texts: tuple[str, ...],
    baselines: bool,
    json_file: Path | None,
) -> None:
    """Measure whether segments say what users are interested in, with every setting at its default.

    Replays planted users with real texts. The first run encodes 25,000 texts and keeps the vectors in the cache folder.
    Needs the extras `cpu` and `demo`; takes some minutes on two cores.
    """
    settings = _checked(texts)
    measured_under = conditions(quick) | ({"settings": ", ".join(texts)} if texts else {})
    print_conditions(measured_under)
    chosen = list(names) or [name for name, scenario in SCENARIOS.items() if scenario.is_quick or not quick]
    seeds = range(first_seed, first_seed + (n_seeds or (1 if quick else 3)))
    outcomes = sorted(_measure(chosen, seeds, QUICK if quick else FULL, settings, baselines), key=_order)
    print_tables(outcomes)
    if json_file is not None:
        write_json(json_file, {"conditions": measured_under, "outcomes": [asdict(each) for each in outcomes]})


def print_tables(outcomes: Sequence[Outcome]) -> None:
    """Print every table that has rows."""
    tables: tuple[tuple[str, Sequence[Any], str], ...] = (
        ("Segments and the truth", meaning_rows(outcomes), _MEANING),
        ("Strangers", stranger_rows(outcomes), _STRANGERS),
        ("Models and changes", stability_rows(outcomes), _STABILITY),
        ("Readable names", name_rows(outcomes), _READABLE),
        ("Names", [row for outcome in outcomes for row in outcome.segments], _NAMES),
    )
    for title, rows, note in tables:
        if rows:
            print_table(title, rows, note)


def _measure(
    names: Sequence[str], seeds: range, size: Size, texts: Mapping[str, str], baselines: bool
) -> Iterator[Outcome]:
    """Run every scenario and seed, and yield outcomes as runs end."""
    tasks = list(product(names, seeds))
    encoder = build_encoder(Process(encoder=texts.get("encoder", Process().encoder)))
    planted = [SCENARIOS[name].plant(seed, size) for name, seed in tasks]
    store(encoder, (event.text for each in planted for event in each.events))
    with ProcessPoolExecutor(N_PROCESSES, get_context("spawn"), initializer=prepare_process) as pool:
        running = [pool.submit(_one, name, seed, size, texts, baselines) for name, seed in tasks]
        for done in tqdm(as_completed(running), total=len(running), desc="runs"):
            yield done.result()


def _one(name: str, seed: int, size: Size, texts: Mapping[str, str], baselines: bool) -> Outcome:
    encoder = build_encoder(Process(encoder=texts.get("encoder", Process().encoder)))
    return run(SCENARIOS[name], seed, size, stored_vectors(encoder), texts, baselines)


def _checked(texts: Sequence[str]) -> dict[str, str]:
    """Return the texts of settings by name; raises BadParameter before anything runs."""
    settings = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.BadParameter(f"expected NAME=VALUE, got {text!r}", param_hint="--set")
        settings[name] = value
    try:
        settings_with(settings)
    except SettingError as error:
        raise click.BadParameter(str(error), param_hint="--set") from error
    return settings


def _order(outcome: Outcome) -> tuple[int, int]:
    return list(SCENARIOS).index(outcome.scenario), outcome.seed
