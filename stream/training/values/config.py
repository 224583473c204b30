"""Configuration of a trainer."""

from __future__ import annotations

from dataclasses import dataclass

from stream.core.decision.overrides import Margins, Override
from stream.training.values.policy import TrainingPolicy


@dataclass(frozen=True, slots=True)
class TrainerConfig:
    """Configuration of a trainer: its policy, and the workers' margin, overrides and semantic weight.

    Only samples of the `encoder` version with the explicit `features` are learned. `resolutions` are those of the
    features, in order, none without. `salt` is that of member hashes.
    """

    policy: TrainingPolicy
    semantic_weight: float
    margin: float
    features: tuple[str, ...]
    encoder: str
    salt: str
    overrides: tuple[Override, ...] = ()
    resolutions: tuple[float, ...] = ()

    @property
    def margins(self) -> Margins:
        """The margins that workers decide by."""
        return Margins(self.margin, self.overrides)
