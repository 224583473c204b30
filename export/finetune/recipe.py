"""The configuration of a fine-tuned encoder: with base and users, all that its vectors depend on."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from export.finetune.history import History
from export.finetune.split import UserSplit
from stream.core.text.steps import TextStep

USES_TO_DISTIL = 5.0  # events a text, on average: enough to learn a vector for each text


class Method(StrEnum):
    """A training method; AUTO chooses by how often texts recur."""

    AUTO = "auto"
    DISTIL = "distil"
    CONTRASTIVE = "contrastive"


@dataclass(frozen=True)
class Objectives:
    """Weights of the objectives; 0 leaves one out."""

    same_user: float = 1.0
    labels: float = 0.0


@dataclass(frozen=True)
class Recipe:
    """A configuration of one fine-tuning.

    `max_steps` bounds the training on windows (the teacher's, or the encoder's with CONTRASTIVE), `max_epochs` the
    distillation. Early stopping may end both before.
    """

    dimension: int = 128
    max_tokens: int = 128
    text_step: TextStep = field(default_factory=lambda: TextStep("none"))
    labels: tuple[str, ...] = ()
    objectives: Objectives = field(default_factory=Objectives)
    method: Method = Method.AUTO
    seed: int = 0
    max_epochs: int = 12
    max_steps: int = 200

    def method_for(self, training: History) -> Method:
        """Return `method`, with AUTO resolved: DISTIL if a text of `training` has USES_TO_DISTIL events on average."""
        if self.method is not Method.AUTO:
            return self.method
        uses = training.uses()
        recurs = uses.sum() >= USES_TO_DISTIL * max((uses > 0).sum(), 1)
        return Method.DISTIL if recurs else Method.CONTRASTIVE

    def fingerprint(self, split: UserSplit, base: str) -> str:
        """Return 12 hex digits, equal for equal recipe, users and base."""
        return sha256(f"{self!r} {base} {split.fingerprint()}".encode()).hexdigest()[:12]
