"""Fine-tune, convert, quantise, verify, fit label heads, report: one chain, gone on from where it was stopped."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from transformers import set_seed

from export.build import Extras, build
from export.finetune.direct import SCHEDULE as DIRECT_SCHEDULE
from export.finetune.direct import train_directly
from export.finetune.distil import distil, ridge
from export.finetune.found_again import early_and_late, unit
from export.finetune.item_vectors import SCHEDULE, item_vectors, principal
from export.finetune.recipe import People, Recipe
from export.finetune.report import Report, finish
from export.finetune.windows import labels_of
from export.folder import check_replaceable, new_folder
from export.manifest import Origin
from export.reference import SentenceModule, fit_lengths, load_tokenizer, load_transformer, pooled_vectors
from export.whiten import Projection, fit_whitening

Vectors = NDArray[np.float32]

SAID = 128  # dimensions of the base model's own vectors, whitened, that a teacher begins with


def finetune(base: Path, people: People, recipe: Recipe, origin: Origin, out: Path, work: Path) -> Report:
    """Make the encoder folder `out` of the base model in the folder `base`, and say how well it does on people held
    out.

    What is done already lies in `work` and is not done again; `out` is replaced by a whole folder or left as it was.
    Raises BaseModelError, DataError, BuildError, VerificationError.
    """
    check_replaceable(out)
    work.mkdir(parents=True, exist_ok=True)
    set_seed(recipe.seed)
    tokenizer = load_tokenizer(base, recipe.max_tokens)
    pooled = _kept(work / "base.npy", lambda: _pooled(base, tokenizer, people.texts))
    encoder = _trained(base, tokenizer, pooled, people, recipe, work)
    used = [people.texts[at] for at in np.flatnonzero(people.training.uses())]
    fit_lengths(encoder, tokenizer, used)
    draft = work / "draft"
    build(encoder, tokenizer, used, origin, draft, extras=Extras(recipe.text_step))
    report = finish(draft, people, recipe.labels, pooled)
    with new_folder(out) as folder:
        shutil.copytree(draft, folder, dirs_exist_ok=True)
    return report


def _trained(
    base: Path, tokenizer: Tokenizer, pooled: Vectors, people: People, recipe: Recipe, work: Path
) -> SentenceModule:
    """The fine-tuned encoder, kept in `work`."""
    teach = _by_table if recipe.way(people.training) == "table" else _directly
    return teach(base, tokenizer, pooled, people, recipe, work)


def _by_table(
    base: Path, tokenizer: Tokenizer, pooled: Vectors, people: People, recipe: Recipe, work: Path
) -> SentenceModule:
    training, validation = people.training, early_and_late(people.validation)
    uses = training.uses()

    def teacher() -> Vectors:
        said = _whitened(pooled, uses)
        labels = labels_of(training, recipe.labels)
        schedule = SCHEDULE.of(recipe.steps)
        wide, _ = item_vectors(
            training,
            said,
            labels,
            recipe.objectives,
            validation,
            work / "teacher",
            recipe.seed,
            recipe.dimension,
            schedule,
        )
        targets = principal(training, wide, recipe.dimension)
        spread = np.sqrt((uses[:, None] * targets**2).sum() / uses.sum() / targets.shape[1])
        return np.asarray(targets / spread, np.float32)

    targets = _kept(work / "teacher.npy", teacher)
    encoder = SentenceModule(load_transformer(base), ridge(pooled, uses, targets), normalise=False)

    def pupil() -> None:
        distil(encoder, tokenizer, people.texts, uses, targets, validation, work / "pupil", recipe.seed, recipe.epochs)

    return _kept_weights(work / "pupil.pt", encoder, pupil)


def _directly(
    base: Path, tokenizer: Tokenizer, pooled: Vectors, people: People, recipe: Recipe, work: Path
) -> SentenceModule:
    training, validation = people.training, early_and_late(people.validation)
    encoder = SentenceModule(
        load_transformer(base), _narrow(pooled, training.uses(), recipe.dimension), normalise=False
    )

    def pupil() -> None:
        labels, schedule = labels_of(training, recipe.labels), DIRECT_SCHEDULE.of(recipe.steps)
        train_directly(
            encoder, tokenizer, training, labels, recipe.objectives, validation, work / "pupil", recipe.seed, schedule
        )

    return _kept_weights(work / "pupil.pt", encoder, pupil)


def _pooled(base: Path, tokenizer: Tokenizer, texts: tuple[str, ...]) -> Vectors:
    return pooled_vectors(SentenceModule(load_transformer(base)), tokenizer, texts)


def _whitened(pooled: Vectors, uses: NDArray[np.int64]) -> Vectors:
    """(n_texts, SAID or what there is): whitened on the used texts, rows of length 1."""
    projection = _narrow(pooled, uses, min(SAID, pooled.shape[1], int((uses > 0).sum()) - 1))
    vectors = pooled @ projection.weight + projection.bias
    return np.asarray(unit(vectors), np.float32)


def _narrow(pooled: Vectors, uses: NDArray[np.int64], dimension: int) -> Projection:
    return fit_whitening(pooled[uses > 0], dimension)


def _kept(file: Path, make: Callable[[], Vectors]) -> Vectors:
    """What `make` returns, from `file` when it was made before."""
    if not file.exists():
        draft = file.with_suffix(".part.npy")
        np.save(draft, make())
        draft.replace(file)
    return np.asarray(np.load(file), np.float32)


def _kept_weights(file: Path, encoder: SentenceModule, train: Callable[[], None]) -> SentenceModule:
    """`encoder` after `train`, its weights from `file` when it was trained before."""
    if not file.exists():
        train()
        draft = file.with_suffix(".part")
        torch.save(encoder.state_dict(), draft)
        draft.replace(file)
    encoder.load_state_dict(torch.load(file, weights_only=True))
    return encoder.eval()
