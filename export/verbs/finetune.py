"""`python -m export finetune`: events and a base model in, a verified encoder folder out."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path

import click

from export.finetune.history import read_history
from export.finetune.recipe import Recipe
from export.finetune.split import UserSplit, split_users
from export.package.folder import check_replaceable
from export.package.manifest import Provenance
from export.source.huggingface import resolve_base
from export.verbs import options
from export.verbs.output import print_report
from export.verbs.recipe_options import recipe_options


@click.command()
@click.argument("events", nargs=-1, required=True)
@click.option("--base", required=True, help="Hugging Face folder, or the id (owner/name) of a model on a hub.")
@options.out
@recipe_options
@click.option("--licence", default="not stated", show_default=True, help="Licence of the base, for the manifest.")
@options.work
def finetune(
    events: tuple[str, ...], base: str, out: Path, recipe: Recipe, objective: str, licence: str, work: Path | None
) -> None:
    """Tune the model BASE on EVENTS: files as `segue produce` reads them, or `demo`.

    \b
    * same-user: windows of one user are near each other, far from other users'; no labels needed
    * labels: windows predict the declared traits named by --label
    * both: the sum of the two

    A hash of the id assigns users: 70 % train, 10 % stop the training early, 20 % are held out for the report. The
    model is converted to int8 ONNX, verified against torch, and given a calibrated head for each --label. --out is
    written whole or not at all. The same command resumes a run that was stopped.

    \b
    python -m export finetune events.jsonl --base bert/ --label age_band --out models/mine
    python -m export verify models/mine
    """
    check_replaceable(out)
    folder = resolve_base(base, recipe.max_tokens)
    split = split_users(read_history(events, recipe.text_step, recipe.labels))
    provenance = replace(
        _provenance(base, events, licence, out),
        projection=f"fine-tuned, {objective}, {recipe.dimension} dimensions, inside the graph",
        data_sha256=split.fingerprint(),
        seed=recipe.seed,
    )
    run(folder, split, recipe, provenance, out, work)


def _provenance(base: str, events: tuple[str, ...], licence: str, out: Path) -> Provenance:
    return Provenance(
        name=out.name,
        base=Path(base).name,
        source=f"folder {Path(base).name}" if Path(base).is_dir() else base,
        licence=licence,
        data=", ".join(Path(source).name for source in events),
        created_by="python -m export " + shlex.join(sys.argv[1:]),
        projection="fine-tuned",
    )


def run(base: Path, split: UserSplit, recipe: Recipe, provenance: Provenance, out: Path, work: Path | None) -> None:
    """Make the encoder folder `out` and print the report as a table."""
    from export.finetune.pipeline import finetune as make  # torch takes seconds to import: check the input first

    beside = out.parent / f".{out.name}.finetune" / recipe.fingerprint(split, str(base))
    report = make(base, split, recipe, provenance, out, work or beside)
    print_report(report, out.name)
