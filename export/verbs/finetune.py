"""`python -m export finetune`: your people and a base model in, a verified encoder folder out."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click
from rich.console import Console
from rich.table import Table

from export.base_model import check_max_tokens, resolve_base
from export.errors import DataError
from export.finetune.history import read_history
from export.finetune.recipe import How, Objectives, People, Recipe, by_name
from export.folder import check_replaceable
from export.manifest import Origin
from stream.core.text.steps import OPTIONS, TextStep

if TYPE_CHECKING:
    from export.finetune.report import Report

FOLDER = click.Path(path_type=Path, file_okay=False)
WEIGHTS = {"same-person": (1.0, 0.0), "labels": (0.0, 1.0), "both": (1.0, 0.3)}


@click.command()
@click.argument("events", nargs=-1, required=True)
@click.option("--base", required=True, help="Folder of a Hugging Face model, or its id (owner/name) on a hub.")
@click.option("--out", type=FOLDER, required=True, help="The encoder folder to make; an encoder there is replaced.")
@click.option(
    "--label", "labels", multiple=True, help="A declared trait to predict, e.g. age_band; give it repeatedly."
)
@click.option("--objective", type=click.Choice(list(WEIGHTS)), default="same-person", show_default=True)
@click.option(
    "--how",
    type=click.Choice(["auto", "table", "direct"]),
    default="auto",
    show_default=True,
    help="table: texts that come back teach by a vector each, fast; direct: windows teach the model itself.",
)
@click.option("--dimension", type=click.IntRange(1), default=128, show_default=True, help="Of the vectors.")
@click.option("--max-tokens", type=click.IntRange(2), default=128, show_default=True, help="Longer texts are cut.")
@click.option(
    "--text-step",
    type=click.Choice(list(OPTIONS)),
    default="behaviour-1",
    show_default=True,
    help="How texts are normalised, here and by every worker.",
)
@click.option("--epochs", type=click.IntRange(1), default=12, show_default=True, help="At most; table only.")
@click.option("--steps", type=click.IntRange(1), default=200, show_default=True, help="At most; on windows.")
@click.option("--seed", default=0, show_default=True)
@click.option("--licence", default="not stated", show_default=True, help="Of the base model, for the manifest.")
@click.option("--work", type=FOLDER, help="Where to keep what is done already.  [default: beside --out]")
def finetune(
    events: tuple[str, ...],
    base: str,
    out: Path,
    labels: tuple[str, ...],
    objective: str,
    how: str,
    dimension: int,
    max_tokens: int,
    text_step: str,
    epochs: int,
    steps: int,
    seed: int,
    licence: str,
    work: Path | None,
) -> None:
    """Fine-tune the model BASE on the people in EVENTS: files as `segue produce` reads them, or `demo`.

    \b
    same-person   a person's windows are near their own at other times, far from other people's; no labels needed
    labels        windows tell the declared traits named by --label
    both          one and the other

    Of the people, by a hash of their name, 70 % are learned from, 10 % stop the training, 20 % are reported on. Then
    the model becomes ONNX and int8, is verified against torch, gets a calibrated head for each --label, and --out is
    written whole or not at all. Stopped or failed, the same command goes on from what is done.

    \b
    python -m export finetune events.jsonl --base bert/ --label age_band --out models/mine
    segue worker          (with SEGUE_ENCODER=models/mine)
    """
    if objective != "same-person" and not labels:
        raise click.UsageError(f"--objective {objective} needs at least one --label")
    check_replaceable(out)
    folder = resolve_base(base)
    check_max_tokens(folder, max_tokens)
    step = TextStep(text_step)
    history = read_history(events, step, labels)
    people = by_name(history)
    if not people.validation.people or not people.held_out.people:
        raise DataError(f"{len(history.people)} people are too few to learn from some and to judge by others")
    objectives = Objectives(*WEIGHTS[objective])
    recipe = Recipe(dimension, max_tokens, step, labels, objectives, cast(How, how), seed, epochs, steps)
    origin = Origin(
        name=out.name,
        base=Path(base).name,
        source=f"folder {folder.name}" if Path(base).is_dir() else base,
        licence=licence,
        data=", ".join(Path(source).name for source in events),
        created_by="python -m export " + shlex.join(sys.argv[1:]),
        projection=f"fine-tuned, {objective}, {dimension} dimensions, inside the graph",
        data_sha256=people.fingerprint(),
        seed=seed,
    )
    run(folder, people, recipe, origin, out, work)


def run(base: Path, people: People, recipe: Recipe, origin: Origin, out: Path, work: Path | None) -> None:
    """Make the folder and print the report as a table."""
    from export.finetune.chain import finetune as make  # torch takes seconds to import: not before all else is right

    beside = out.parent / f".{out.name}.finetune" / recipe.fingerprint(people, str(base))
    report = make(base, people, recipe, origin, out, work or beside)
    Console().print(report_table(report, out.name))


def report_table(report: Report, name: str) -> Table:
    """People held out: found again by the vectors' prefixes, and labels told."""
    table = Table(title=f"{name}: {report.n_people} people held out", title_justify="left")
    for column in ("measure", "value"):
        table.add_column(column, justify="left" if column == "measure" else "right")
    table.add_row("found again (mean reciprocal rank), base model", f"{report.found_by_base:.3f}")
    for dimension, found in report.found.items():
        table.add_row(f"found again, {dimension} dimensions", f"{found:.3f}")
    for label, judgement in report.labels.items():
        table.add_row(f"{label}: macro-F1 ({judgement.n_people} people)", f"{judgement.macro_f1:.3f}")
        table.add_row(f"{label}: named a value", f"{judgement.coverage:.0%}")
        table.add_row(f"{label}: of these rightly", f"{judgement.right:.0%}")
        table.add_row(f"{label}: calibration error", f"{judgement.calibration_error:.3f}")
    return table
