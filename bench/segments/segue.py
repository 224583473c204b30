"""Segue as a method: samples train the trainer, and users are decided by the serving model, with hysteresis."""

from __future__ import annotations

from bench.segments.driver import N_SAMPLES
from bench.segments.method import Ids
from bench.segments.planted import Day
from stream.core.arrays import Vectors
from stream.core.decision.overrides import Margins
from stream.core.features import registry
from stream.core.output import Sample
from stream.core.policy import Policy
from stream.core.reserved import UNKNOWN
from stream.core.segment_model import SegmentModel
from stream.training.rollout.impact import predict_segments
from stream.training.steps.train import needed, train
from stream.training.values.config import TrainerConfig
from stream.training.values.outputs import Served
from stream.training.values.policy import TrainingPolicy
from stream.training.values.promotion import Promotion, Status
from stream.training.values.state import TrainerState

POLICY = Policy()
_MARGINS = Margins(POLICY.margin)
_ENCODER = "bench"


class Segue:
    """A trainer with the decisions of its workers; `lineage` holds `(day, kind, segment)` of every published event.

    The dwell is a day: a user moves when the next active day still gives the same new segment.
    """

    def __init__(self, seed: int) -> None:
        self.lineage: list[tuple[int, str, str]] = []
        self.training = TrainingPolicy(seed=seed, warm_up_samples=N_SAMPLES)
        self._config = TrainerConfig(
            self.training, POLICY.semantic_weight, POLICY.margin, tuple(registry(POLICY)), _ENCODER, "bench"
        )
        self._state: TrainerState | None = None
        self._model: SegmentModel | None = None
        self._waiting: list[Sample] = []
        self._segments: dict[int, str] = {}
        self._candidate: dict[int, str] = {}
        self._decided: dict[int, int] = {}

    def learn(self, day: Day, u: Vectors) -> None:
        """Decide the day's users, as workers do, then learn from their samples."""
        self._decide(day)
        for at, user in enumerate(day.users.tolist()):
            segment = self._segments.get(user, "")
            self._waiting.append(day.sample(at, _ENCODER, segment))
        while len(self._waiting) >= (n := needed(self._state, self._config)):
            trained = train(self._state, self._waiting[:n], self._config)
            self._waiting, self._state = self._waiting[n:], trained.state
            for output in trained.outputs:
                if isinstance(output, Served):
                    self._model = output.model
                if isinstance(output, Promotion) and output.status is Status.PROMOTED:
                    self.lineage += [(day.day, e.event, e.segment) for e in output.lineage if e.event != "survived"]

    def assign(self, day: Day, u: Vectors) -> Ids:
        """Return the segment of each user after the decisions of the day; None for unknown."""
        self._decide(day)
        found = [self._segments.get(user, UNKNOWN) for user in day.users.tolist()]
        return [None if segment == UNKNOWN else segment for segment in found]

    def _decide(self, day: Day) -> None:
        """Decide the users of the day that were not decided today."""
        if self._model is None:
            return
        users = day.users.tolist()
        would = predict_segments(self._model, day.profiles, [self._segments.get(user, "") for user in users], _MARGINS)
        for user, segment in zip(users, would, strict=True):
            if self._decided.get(user) == day.day:
                continue
            self._decided[user] = day.day
            if user not in self._segments or self._candidate.get(user) == segment:
                self._segments[user] = segment
            self._candidate[user] = segment
