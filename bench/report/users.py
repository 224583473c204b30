"""A store of planted users with real texts, as a replay writes it.

Day by day the trainer learns a sample of users, and everybody is decided by its serving model. So the store has real
models, reviews, health and lineage. Each move has its three newest texts and two most unusual features as reasons.
`python -m bench.report.users FILE N_USERS` writes one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.segments.planted import Day, days
from bench.segments.scenarios import SCENARIOS
from bench.segments.themes import Catalogue, catalogue
from stream.core.change import segment_name
from stream.core.decision.overrides import Margins
from stream.core.features import registry
from stream.core.output import Change, Evidence, Membership, MovingFeature, MovingItems, Quality, Sample
from stream.core.policy import Policy
from stream.core.reserved import PENDING
from stream.core.segment_model import SegmentModel
from stream.core.transition import Rule
from stream.jobs.training_messages import messages_of
from stream.runtime.process import prepare_process
from stream.store.replayed import ReplayedStore
from stream.training.rollout.impact import predict_segments
from stream.training.steps.train import needed, train
from stream.training.values.config import TrainerConfig
from stream.training.values.outputs import Served
from stream.training.values.policy import TrainingPolicy
from stream.training.values.state import TrainerState
from stream.wire.changes import change_message
from stream.wire.memberships import membership_message
from stream.wire.records import ProducerRecord
from stream.wire.samples import sample_message

SCENARIO = "heavy tail"
N_SAMPLES = 2_000  # users a day that the trainer learns from
_ENCODER = "bench"
_POLICY = Policy()
_FEATURES = registry(_POLICY)
_MARGINS = Margins(_POLICY.margin)
_TOP = 2  # features of a reason
_PLANS = ("free", "paid", "trial")


def write_store(path: Path, n_users: int, texts: Catalogue, seed: int = 0) -> None:
    """Write the store of so many users after the whole scenario; the same arguments give the same records."""
    scenario = replace(next(each for each in SCENARIOS if each.name == SCENARIO), n_users=n_users)
    writer, deployment = ReplayedStore(path), _Deployment(min(N_SAMPLES, n_users // 4), seed)
    for day in days(scenario, seed, texts):
        for message in deployment.live(day):
            writer.take(message)
    for message in deployment.profiles():
        writer.take(message)
    writer.close()


class _Deployment:
    """A trainer and the decisions of its workers. A user moves when the next active day gives the same segment."""

    def __init__(self, n_samples: int, seed: int) -> None:
        training = TrainingPolicy(seed=seed, warm_up_samples=n_samples)
        self._config = TrainerConfig(
            training, _POLICY.semantic_weight, _POLICY.margin, tuple(_FEATURES), _ENCODER, "bench"
        )
        self._n_samples, self._rng = n_samples, np.random.default_rng(seed)
        self._state: TrainerState | None = None
        self._model: SegmentModel | None = None
        self._waiting: list[Sample] = []
        self._segments: dict[int, str] = {}
        self._candidates: dict[int, str] = {}
        self._sequences: dict[int, int] = {}
        self._newest: dict[int, Sample] = {}

    def live(self, day: Day) -> Iterator[ProducerRecord]:
        """Yield the records of a day: what the trainer publishes, then the users' changes."""
        learned = self._rng.permutation(len(day.users))[: self._n_samples]
        self._waiting += [self._sample(day, int(at)) for at in learned]
        yield from self._train()
        if self._model is not None:
            yield from self._decide(day, self._model)
        self._newest |= {user: self._sample(day, at) for at, user in enumerate(day.users.tolist())}

    def profiles(self) -> Iterator[ProducerRecord]:
        """Yield the newest sample of each user, all that a store keeps, ordered by time."""
        for sample in sorted(self._newest.values(), key=lambda each: each.time_ms):
            yield sample_message(replace(sample, segment=self._segments.get(int(sample.user), "")))

    def _sample(self, day: Day, at: int) -> Sample:
        found = day.sample(at, _ENCODER, self._segments.get(int(day.users[at]), ""))
        return replace(found, semantic=found.semantic.copy(), contrast=found.contrast.copy())  # not the whole day's

    def _train(self) -> Iterator[ProducerRecord]:
        while len(self._waiting) >= (n := needed(self._state, self._config)):
            trained = train(self._state, self._waiting[:n], self._config)
            self._waiting, self._state = self._waiting[n:], trained.state
            for output in trained.outputs:
                if isinstance(output, Served):
                    self._model = output.model
                yield from messages_of(output)

    def _decide(self, day: Day, model: SegmentModel) -> Iterator[ProducerRecord]:
        users = day.users.tolist()
        found = predict_segments(model, day.profiles, [self._segments.get(user, "") for user in users], _MARGINS)
        for at, (user, segment) in enumerate(zip(users, found, strict=True)):
            now = self._segments.get(user, PENDING)
            if segment != now and (now == PENDING or self._candidates.get(user) == segment):
                yield from self._move(day, at, user, segment, model)
            self._candidates[user] = segment

    def _move(self, day: Day, at: int, user: int, segment: str, model: SegmentModel) -> tuple[ProducerRecord, ...]:
        sequence = self._sequences[user] = self._sequences.get(user, 0) + 1
        change = _change(day, at, (self._segments.get(user, PENDING), segment), sequence, model)
        self._segments[user] = segment
        traits = {"plan": _PLANS[user % len(_PLANS)], "cell": f"cell {day.truth[at]}"}
        member = Membership(
            change.user, segment, change.to_name, day.time_ms, sequence, model.version, _ENCODER, traits
        )  # fmt: skip
        return change_message(change), membership_message(member)


def _change(day: Day, at: int, move: tuple[str, str], sequence: int, model: SegmentModel) -> Change:
    time_ms = day.time_ms + at  # users of a day one after another
    items = tuple(
        MovingItems(text, ("purchase",), (f"e-{at}-{n}",), day.time_ms, day.time_ms, 0.5 / (n + 1))
        for n, text in enumerate(day.texts[at])
    )
    return Change(
        user=str(day.users[at]),
        sequence=sequence,
        from_segment=move[0],
        to_segment=move[1],
        from_name=segment_name(move[0], model),
        to_name=segment_name(move[1], model),
        rule=Rule.ENTERED if move[0] == PENDING else Rule.MARGIN_AND_DWELL,
        certainty=None,
        margin_required=_POLICY.margin,
        dwell_ms=0,
        dwell_required_ms=0,
        evidence=Evidence(items, _unusual(day, at, model), 0.7),
        n_items=int(day.mass[at]),
        event_time_ms=day.time_ms,
        decision_time_ms=time_ms,
        segment_model=model.version,
        encoder=_ENCODER,
        quality=Quality.FULL,
    )


def _unusual(day: Day, at: int, model: SegmentModel) -> tuple[MovingFeature, ...]:
    values, deviations = day.explicit[at], model.scaler.z_scores(day.explicit[at])
    top = np.argsort(-np.abs(deviations), kind="stable")[:_TOP].tolist()
    found = [(model.features[i], float(values[i]), float(deviations[i])) for i in top]
    return tuple(
        MovingFeature(name, _FEATURES[name].words(value, deviation), value, deviation, 0.15)
        for name, value, deviation in found
    )


if __name__ == "__main__":
    prepare_process()
    write_store(Path(sys.argv[1]), int(sys.argv[2]), catalogue())
