"""A trainer whose users are all sampled once a day, in the segment where the serving model sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from stream.core.decision.overrides import Margins
from stream.core.output import Sample
from stream.core.policy import DAY_MS
from stream.core.segment_model import SegmentModel
from stream.training.rollout.findings import Detector
from stream.training.rollout.impact import predict_segments
from stream.training.steps.train import execute, train
from stream.training.structure.detect import detect_structure
from stream.training.values.commands import Command
from stream.training.values.config import TrainerConfig
from stream.training.values.health import Figure, Health, HealthWarning
from stream.training.values.lineage import Lineage
from stream.training.values.outputs import Output, TrainResult
from stream.training.values.policy import TrainingPolicy
from stream.training.values.promotion import Cause, Promotion, Status
from stream.training.values.reservoir import sampled_profiles
from stream.training.values.state import TrainerState
from tests.core.planted import FEATURES

MARGIN = 0.1


def policy_of(n_users: int, **other: float | bool | str) -> TrainingPolicy:
    """Return a policy under which `n_users` users are learned and reviewed once a day."""
    plain = TrainingPolicy(
        warm_up_samples=n_users,
        batch_samples=n_users,
        k_criterion="silhouette",
        unknown_rate=0.01,
        learning_half_life_ms=5 * DAY_MS,
        segment_users_min=10,
        rare_share=0.01,
        shadow_ms=2 * DAY_MS,
        churn_budget=0.2,
    )
    return replace(plain, **other)  # type: ignore[arg-type]


def config_of(policy: TrainingPolicy, encoder: str = "e1") -> TrainerConfig:
    """Return the configuration of a trainer of the planted samples."""
    return TrainerConfig(policy, 0.7, MARGIN, FEATURES, encoder, "salt")


@dataclass
class TrainerHarness:
    """A trainer driven day by day; `outputs` are the outputs of each day or command, `detect` finds the structure."""

    policy: TrainingPolicy
    trained: TrainerState | None = None
    current_segments: dict[str, str] = field(default_factory=dict)
    outputs: list[tuple[Output, ...]] = field(default_factory=list)
    detect: Detector = detect_structure

    @property
    def state(self) -> TrainerState:
        """The state, after the warm-up."""
        assert self.trained is not None
        return self.trained

    @property
    def serving(self) -> SegmentModel:
        """The serving model."""
        return self.state.serving_model

    def day(self, samples: Sequence[Sample]) -> tuple[Output, ...]:
        """Learn the day's samples; by the next day every user is where the model that then serves sees them."""
        current_segments = [self.current_segments.get(s.user, "") for s in samples]
        here = [replace(s, segment=segment) for s, segment in zip(samples, current_segments, strict=True)]
        outputs = self._take(train(self.trained, here, config_of(self.policy), self.detect))
        raw = sampled_profiles(samples)
        where = predict_segments(self.serving, raw, current_segments, Margins(MARGIN))
        self.current_segments |= dict(zip([s.user for s in samples], where, strict=True))
        return outputs

    def ask(self, command: Command) -> tuple[Output, ...]:
        """Execute a command."""
        return self._take(execute(self.trained, command, config_of(self.policy)))

    def _take(self, result: TrainResult) -> tuple[Output, ...]:
        self.trained = result.state
        self.outputs.append(result.outputs)
        return result.outputs


def at_day(day: int) -> int:
    """The time of a day."""
    return (1 + day) * DAY_MS


def decisions(outputs: Sequence[Output]) -> list[tuple[int, Status, Cause]]:
    """Return version, status and cause of every decision."""
    return [(o.segment_model, o.status, o.cause) for o in outputs if isinstance(o, Promotion)]


def events(outputs: Sequence[Output]) -> list[Lineage]:
    """The lineage that became true."""
    serves = (o for o in outputs if isinstance(o, Promotion) and o.status in (Status.PROMOTED, Status.ROLLED_BACK))
    return [event for promotion in serves for event in promotion.lineage]


def healths(outputs: Sequence[Output]) -> list[Health]:
    """The looks at the segments."""
    return [o for o in outputs if isinstance(o, Health)]


def warnings(outputs: Sequence[Output]) -> list[tuple[Figure, str]]:
    """Return figure and subject of every warning."""
    return [(o.figure, o.subject) for o in outputs if isinstance(o, HealthWarning)]


def command_ids(outputs: Sequence[Output]) -> list[str]:
    """Return the command id of each decision."""
    return [o.command_id for o in outputs if isinstance(o, Promotion)]


def pauses(outputs: Sequence[Output]) -> list[bool]:
    """Return whether each decision says that automatic promotion is paused."""
    return [o.auto_promotion_paused for o in outputs if isinstance(o, Promotion)]
