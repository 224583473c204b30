"""Fine-tune, convert, quantise, verify, fit label heads, report: in order, resumable after each step."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import set_seed

from export.finetune.contrastive import contrastive_schedule, train_contrastive
from export.finetune.distil import Targets, distil, epochs, ridge_regression
from export.finetune.item_vectors import principal_components, teacher_schedule, train_item_vectors
from export.finetune.recipe import Method, Recipe
from export.finetune.reidentification import early_late_pairs, mean_reciprocal_rank
from export.finetune.report import Report, finish
from export.finetune.split import UserSplit
from export.finetune.window_model import Task
from export.finetune.windows import labels_of
from export.package.build import Extras, build
from export.package.folder import check_replaceable, new_folder
from export.package.manifest import Provenance
from export.projection.principal import unit_rows
from export.projection.whiten import fit_whitening
from export.source.torch_encoder import TorchEncoder
from export.source.torch_reference import (
    SentenceModule,
    fit_lengths,
    load_tokenizer,
    load_transformer,
    pooled_vectors,
)
from stream.core.arrays import Ints, Vectors

BASE_DIMENSION = 128  # of the base model's whitened vectors in the teacher


@dataclass(frozen=True)
class _Run:
    """A fine-tuning's inputs, and the folder of its intermediate results."""

    base: Path
    tokenizer: Tokenizer
    split: UserSplit
    recipe: Recipe
    work: Path
    pooled: Vectors  # (n_texts, d_base), of the base model
    uses: Ints  # (n_texts,), by training users

    def task(self) -> Task:
        training, recipe = self.split.training, self.recipe
        pairs = early_late_pairs(self.split.validation)
        return Task(training, labels_of(training, recipe.labels), recipe.objectives, pairs, recipe.seed)


def finetune(base: Path, split: UserSplit, recipe: Recipe, provenance: Provenance, out: Path, work: Path) -> Report:
    """Make the encoder folder `out` of the base model in `base`, and return its report on held-out users.

    Results already in `work` are reused. `out` is replaced whole or left as it was. Raises BaseModelError, DataError,
    BuildError, VerificationError.
    """
    check_replaceable(out)
    work.mkdir(parents=True, exist_ok=True)
    set_seed(recipe.seed)
    tokenizer = load_tokenizer(base, recipe.max_tokens)
    pooled = _cached(work / "base.npy", lambda: _base_vectors(base, tokenizer, split.texts))
    uses = split.training.uses()
    run = _Run(base, tokenizer, split, recipe, work, pooled, uses)
    is_distilled = recipe.method_for(split.training) is Method.DISTIL
    module = _distilled(run) if is_distilled else _contrastive(run)
    encoder = TorchEncoder(module, tokenizer, [split.texts[at] for at in np.flatnonzero(uses)])
    fit_lengths(module, tokenizer, encoder.texts)
    draft = work / "draft"
    build(encoder, provenance, draft, extras=Extras(recipe.text_step))
    report = finish(draft, split, recipe.labels, pooled)
    with new_folder(out) as folder:
        shutil.copytree(draft, folder, dirs_exist_ok=True)
    return report


def _distilled(run: _Run) -> SentenceModule:
    """Train the teacher's item vectors, then distil them into the encoder."""
    vectors = _cached(run.work / "teacher.npy", lambda: _teacher_vectors(run))
    targets = Targets(run.split.texts, run.uses, vectors)
    projection = ridge_regression(run.pooled, targets)
    encoder = SentenceModule(load_transformer(run.base), projection, normalise=False)

    def train() -> None:
        pairs, work = early_late_pairs(run.split.validation), run.work / "student"

        def evaluate() -> float:
            return mean_reciprocal_rank(pairs, pooled_vectors(encoder, run.tokenizer, targets.texts))

        schedule = epochs(targets, run.recipe.max_epochs)
        distil(encoder, run.tokenizer, targets, schedule, evaluate, work, run.recipe.seed)

    return _with_cached_weights(run.work / "student.pt", encoder, train)


def _teacher_vectors(run: _Run) -> Vectors:
    """Return the teacher's vectors (n_texts, dimension), scaled to a root mean square of 1 over uses."""
    dimension, schedule = run.recipe.dimension, teacher_schedule(run.recipe.max_steps)
    base_vectors = _whitened_base_vectors(run.pooled, run.uses)
    wide, _ = train_item_vectors(run.task(), base_vectors, dimension, run.work / "teacher", schedule)
    vectors = principal_components(run.split.training, wide, dimension)
    spread = np.sqrt((run.uses[:, None] * vectors**2).sum() / run.uses.sum() / vectors.shape[1])
    return np.asarray(vectors / spread, np.float32)


def _contrastive(run: _Run) -> SentenceModule:
    """Train the encoder on windows, from the base model whitened on the used texts."""
    projection = fit_whitening(run.pooled[run.uses > 0], run.recipe.dimension)
    encoder = SentenceModule(load_transformer(run.base), projection, normalise=False)

    def train() -> None:
        schedule = contrastive_schedule(run.recipe.max_steps)
        train_contrastive(encoder, run.tokenizer, run.task(), run.work / "student", schedule)

    return _with_cached_weights(run.work / "student.pt", encoder, train)


def _base_vectors(base: Path, tokenizer: Tokenizer, texts: tuple[str, ...]) -> Vectors:
    return pooled_vectors(SentenceModule(load_transformer(base)), tokenizer, texts)


def _whitened_base_vectors(pooled: Vectors, uses: Ints) -> Vectors:
    """Return unit vectors (n_texts, BASE_DIMENSION or fewer), whitened on the used texts."""
    dimension = min(BASE_DIMENSION, pooled.shape[1], int((uses > 0).sum()) - 1)
    projection = fit_whitening(pooled[uses > 0], dimension)
    return np.asarray(unit_rows(pooled @ projection.weight + projection.bias), np.float32)


def _cached(file: Path, make: Callable[[], Vectors]) -> Vectors:
    """Load the array in `file`; make and save it first if `file` is missing."""
    if not file.exists():
        draft = file.with_suffix(".part.npy")
        np.save(draft, make())
        draft.replace(file)
    return np.asarray(np.load(file), np.float32)


def _with_cached_weights(file: Path, encoder: SentenceModule, train: Callable[[], None]) -> SentenceModule:
    """Load the weights in `file` into `encoder`; train and save them first if `file` is missing."""
    if not file.exists():
        train()
        draft = file.with_suffix(".part")
        torch.save(encoder.state_dict(), draft)
        draft.replace(file)
    encoder.load_state_dict(torch.load(file, weights_only=True))
    return encoder.eval()
