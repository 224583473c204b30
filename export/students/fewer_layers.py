"""A student of some layers: those of the teacher's base model, evenly spaced, distilled from the teacher's vectors.

The first and the last layer are kept. The projection starts as a ridge regression of the teacher's vectors. Then all
weights learn, without dropout: the targets have no noise that a student could overfit. A score on texts held out
chooses the best checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch.nn import Dropout, ModuleList
from transformers import set_seed

from export.errors import BuildError
from export.finetune.distil import BATCH, RATE, Targets, distil, ridge_regression
from export.finetune.trainer import Schedule
from export.package.build import Extras, build
from export.package.manifest import record_metrics
from export.source.torch_encoder import TorchEncoder
from export.source.torch_reference import SentenceModule, Transformer, load_transformer, pooled_vectors
from export.students.agreement import agreement, cosines
from export.students.teacher import Teacher
from export.students.token_model import N_VERIFIED, Student
from stream.onnx.folder import Metric

N_RIDGE = 4_000  # texts of the ridge regression
N_SCORED = 1_000  # held-out texts of a score
N_SCORES = 8


@dataclass(frozen=True)
class Recipe:
    """A way to distil: the teacher's base model, layers to keep, steps, and a folder of checkpoints."""

    base: Path
    n_layers: int
    max_steps: int
    work: Path


def build_fewer_layers(student: Student, recipe: Recipe) -> dict[str, Metric]:
    """Distil the teacher, write the folder, and return the agreement of both.

    Checkpoints in the recipe's `work` are continued. The folder is replaced whole or left as it was. Raises BuildError,
    VerificationError.
    """
    set_seed(student.seed)
    teacher = student.teacher
    module = _initial(teacher, recipe)
    _distil(module, teacher, recipe, student.seed)
    encoder = TorchEncoder(module.eval(), teacher.tokenizer, teacher.held_out_texts[:N_VERIFIED])
    provenance = student.provenance(f"distilled, {recipe.n_layers} layers of the base model, inside the graph")
    build(encoder, provenance, student.out, student.bounds, Extras(teacher.manifest.text_step))
    found = agreement(teacher, student.out)
    record_metrics(student.out, found)
    return found


def keep_layers(transformer: Transformer, n: int) -> list[int]:
    """Keep `n` layers of `transformer`, in place, and return their positions. Raises BuildError."""
    layers = getattr(getattr(transformer, "encoder", None), "layer", None)
    if layers is None:
        raise BuildError(f"the layers of a {transformer.config.model_type} can not be chosen: name a base like BERT")
    if not 1 <= n < len(layers):
        raise BuildError(f"the base model has {len(layers)} layers, got {n}: choose 1 to {len(layers) - 1}")
    positions = layers_kept(len(layers), n)
    transformer.encoder.layer = ModuleList([layers[at] for at in positions])
    transformer.config.num_hidden_layers = n
    return positions


def layers_kept(n_layers: int, n: int) -> list[int]:
    """Return `n` positions of `n_layers`, evenly spaced from the first to the last.

    >>> layers_kept(6, 3), layers_kept(12, 4), layers_kept(6, 1)
    ([0, 3, 5], [0, 4, 8, 11], [0])
    """
    return [-(-at * (n_layers - 1) // max(n - 1, 1)) for at in range(n)]


def _initial(teacher: Teacher, recipe: Recipe) -> SentenceModule:
    """Return the layers that are kept, with a projection fitted to the teacher."""
    transformer = load_transformer(recipe.base)
    if transformer.config.vocab_size < teacher.tokenizer.get_vocab_size():
        raise BuildError(f"{recipe.base.name} has fewer tokens than the teacher: name the teacher's own base model")
    keep_layers(transformer, recipe.n_layers)
    for module in transformer.modules():
        if isinstance(module, Dropout):
            module.p = 0.0
    some = teacher.training_texts[:: max(1, len(teacher.training_texts) // N_RIDGE)]
    vectors = teacher.vectors[~teacher.held_out][:: max(1, len(teacher.training_texts) // N_RIDGE)]
    pooled = pooled_vectors(SentenceModule(transformer), teacher.tokenizer, some)
    projection = ridge_regression(pooled, Targets(some, np.ones(len(some), np.int64), vectors))
    return SentenceModule(transformer, projection, normalise=teacher.manifest.length == "unit")


def _distil(module: SentenceModule, teacher: Teacher, recipe: Recipe, seed: int) -> None:
    texts = teacher.training_texts
    targets = Targets(texts, np.ones(len(texts), np.int64), teacher.vectors[~teacher.held_out])
    scored, expected = teacher.held_out_texts[:N_SCORED], teacher.vectors[teacher.held_out][:N_SCORED]

    def score() -> float:
        return float(cosines(pooled_vectors(module, teacher.tokenizer, scored), expected).mean())

    every = max(1, recipe.max_steps // N_SCORES)
    schedule = Schedule(
        recipe.max_steps, BATCH, RATE, eval_every=every, patience=N_SCORES, warm_up_steps=every, group_by_length=True
    )
    run = f"student-{recipe.n_layers}-{recipe.max_steps}-{seed}-{teacher.version}-{teacher.data_sha256[:12]}"
    distil(module, teacher.tokenizer, targets, schedule, score, recipe.work / run, seed)
