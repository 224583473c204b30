"""`python -m bench quality`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from bench.harness.conditions import DEFAULT_MODEL, ROOT, conditions
from bench.quality import aims, table
from bench.quality.check import differences, read_yardstick
from bench.quality.purchases import popularity_precision
from bench.quality.rows import WITHOUT_UNSEEN, Row, baseline_rows, served_row
from bench.quality.split import Split, load_split
from bench.quality.taxonomy import Leaf, leaves, load_taxonomy
from export.errors import DataError
from stream.files.product_texts import in_codes, in_words
from stream.onnx.folder import EncoderError, read_encoder_folder

_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
_CONDITIONS = ("date", "commit", "CPU", "Python", "packages")  # those that can change a digit


@click.command()
@click.argument("folders", nargs=-1, type=_FOLDER)
@click.option(
    "--without-unseen", type=_FOLDER, help="An encoder trained without the unseen texts: its unseen_MRR is fair."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of tables.")
@click.option("--codes", is_flag=True, help="Products' texts are the shop's codes, as in the original program.")
@click.option("--check", is_flag=True, help="Only compare the baselines with the original program's figures.")
def quality(folders: tuple[Path, ...], without_unseen: Path | None, as_json: bool, codes: bool, check: bool) -> None:
    """Score the profiles of the default model and of FOLDERS, as a worker serves them, beside baselines.

    \b
    * R@1, R@10, MRR: rank of a household's own later profile among those of all test households
    * mAP: purchases of the next 30 days, from the 100 nearest training households
    * kids … size1: macro-F1 of declared labels, by a linear probe on the profile
    * unseen_MRR: as MRR, of profiles of one text in five; fair for a model trained without them
    * parent MRR, same vertical: products of another data set

    Households, not events, are split. Fits see training households only, and only events before 2017-10-01.
    Intervals are 95 %, by a bootstrap over households. The same folders give the same digits. Takes some minutes;
    needs the extras `cpu`, `demo` and `export`, and npm for the other data set.
    """
    if check:
        _check(load_split(in_codes))
        return
    served = [DEFAULT_MODEL, *folders]
    products = _products([*served, *([without_unseen] if without_unseen else [])])
    split = load_split(in_codes if codes else in_words)
    rows = _rows(split, products, served, without_unseen)
    found = _outcomes(rows, without_unseen is not None)
    if as_json:
        parts = {"rows": [asdict(row) for row in rows], "aims": [asdict(outcome) for outcome in found]}
        click.echo(json.dumps({"conditions": _conditions(), **parts}))
    else:
        _show(rows, found, split)


def _products(folders: list[Path]) -> list[Leaf]:
    """Check the encoder folders before the long part, and load the products. Raises click.ClickException."""
    try:
        for folder in folders:
            read_encoder_folder(folder)
        return leaves(load_taxonomy())
    except (EncoderError, DataError) as error:
        raise click.ClickException(str(error)) from error


def _rows(split: Split, products: list[Leaf], folders: list[Path], without_unseen: Path | None) -> list[Row]:
    """Return the rows: baselines first, the encoder without the unseen texts last."""
    distinct = list(dict.fromkeys(folder.resolve() for folder in folders))
    served = [served_row(_name(folder), folder, split, products) for folder in tqdm(distinct, desc="encoders")]
    if without_unseen:
        name = f"{_name(without_unseen.resolve())}, {WITHOUT_UNSEEN}"
        served.append(served_row(name, without_unseen, split, products))
    return [*tqdm(baseline_rows(split, products), desc="baselines", total=5), *served]


def _outcomes(rows: list[Row], last_is_without_unseen: bool) -> list[aims.AimOutcome]:
    served = [row for row in rows if not row.baseline]
    full = served[:-1] if last_is_without_unseen else served
    found = [outcome for row in full for outcome in aims.aim_outcomes(row, rows)]
    return [*found, aims.unseen_outcome(served[-1])] if last_is_without_unseen else found


def _show(rows: list[Row], found: list[aims.AimOutcome], split: Split) -> None:
    click.echo("\n".join(f"* {name}: {value}" for name, value in _conditions().items()))
    n_labelled = int(split.demographics.reindex(list(split.test)).age.notna().sum())
    popularity = popularity_precision(split).value
    click.echo(
        f"* {len(split.test)} test households, {n_labelled} with labels; mAP of popularity alone {popularity:.3f}\n"
    )
    click.echo(f"{table.figures_table(rows)}\n\nBold: the best. ~: its interval reaches the best.\n")
    click.echo(f"{table.intervals_table(rows)}\n\n{table.generality_table(rows)}\n")
    click.echo("\n".join(map(table.aim_line, found)))


def _check(split: Split) -> None:
    """Compare the baselines with the printed figures. Raises click.ClickException when a digit differs."""
    printed = read_yardstick().rows
    wrong = [
        f"{row.name}: {difference}"
        for row in tqdm(baseline_rows(split, []), desc="baselines", total=len(printed))
        for difference in differences(row.scores.figures, printed[row.name])
    ]
    if wrong:
        raise click.ClickException("; ".join(wrong))
    click.echo(f"{len(printed)} rows, every digit the same")


def _conditions() -> dict[str, Any]:
    return {name: value for name, value in conditions(quick=False).items() if name in _CONDITIONS}


def _name(folder: Path) -> str:
    return str(folder.relative_to(ROOT)) if folder.is_relative_to(ROOT) else folder.name
