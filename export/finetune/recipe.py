"""What a fine-tuned encoder is made from: everything that its vectors depend on, as one value."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from export.finetune.history import HELD_OUT, TRAINING, VALIDATION, History, part_of
from stream.core.text.steps import TextStep

How = Literal["auto", "table", "direct"]

USES_FOR_A_TABLE = 5.0  # of a text on average: then a vector of its own can be learned for each


@dataclass(frozen=True)
class Objectives:
    """How much each objective counts; 0 leaves it out."""

    person: float = 1.0
    labels: float = 0.0


@dataclass(frozen=True)
class People:
    """The same texts, three groups of people: learned from, stopped by, reported on."""

    training: History
    validation: History
    held_out: History

    @property
    def texts(self) -> tuple[str, ...]:
        return self.training.texts

    def fingerprint(self) -> str:
        """SHA-256 of all three."""
        parts = (self.training, self.validation, self.held_out)
        return sha256("".join(part.fingerprint() for part in parts).encode()).hexdigest()


@dataclass(frozen=True)
class Recipe:
    """How to make an encoder of a base model and people. `epochs` and `steps` bound the training; it may stop before.

    `how`: "table" teaches by a vector of every text, "direct" trains on windows; "auto" takes the table when texts
    come back often enough.
    """

    dimension: int = 128
    max_tokens: int = 128
    text_step: TextStep = field(default_factory=lambda: TextStep("none"))
    labels: tuple[str, ...] = ()
    objectives: Objectives = field(default_factory=Objectives)
    how: How = "auto"
    seed: int = 0
    epochs: int = 12
    steps: int = 200

    def way(self, training: History) -> Literal["table", "direct"]:
        """`how`, "auto" decided by the texts of `training`."""
        if self.how != "auto":
            return self.how
        uses = training.uses()
        return "table" if uses.sum() >= USES_FOR_A_TABLE * max((uses > 0).sum(), 1) else "direct"

    def fingerprint(self, people: People, base: str) -> str:
        """Twelve hex digits: equal for what gives equal encoders."""
        return sha256(f"{self!r} {base} {people.fingerprint()}".encode()).hexdigest()[:12]


def by_name(history: History) -> People:
    """The people of `history` in parts by their names alone: the same person is always in the same part."""

    def of(part: str) -> History:
        return history.select(lambda person: part_of(person.name) == part)

    return People(of(TRAINING), of(VALIDATION), of(HELD_OUT))
