"""`python -m export demo-model`: the encoder in `models/demo`."""

from __future__ import annotations

from pathlib import Path

import click

from export.package.folder import check_replaceable
from export.verbs import options
from export.verbs.finetune import run


@click.command("demo-model")
@click.option("--out", type=options.FOLDER, default=Path("models/demo"), show_default=True)
@options.work
@click.option("--without-unseen", is_flag=True, help="Keep one text in five out of training, to evaluate on.")
def demo_model(out: Path, work: Path | None, without_unseen: bool) -> None:
    """Build the demo's encoder: all-MiniLM-L6-v2, fine-tuned on the training households of the demo data.

    Needs no network and about ten minutes. The same command resumes a run that was stopped.
    """
    from export.presets.demo import RECIPE, demo_base, demo_provenance
    from export.presets.households import household_split

    check_replaceable(out)
    split = household_split(RECIPE.text_step, without_unseen=without_unseen)
    provenance = demo_provenance(split.fingerprint(), without_unseen=without_unseen)
    run(demo_base(), split, RECIPE, provenance, out, work)
