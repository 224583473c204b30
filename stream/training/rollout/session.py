"""A trainer's memory on the way to the next one, and what is said on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from stream.core.decision.overrides import Margins
from stream.core.segment_model import SegmentModel
from stream.training.describe.model_builder import build_model, segment_shares
from stream.training.rollout.impact import TransitionMatrix, flows
from stream.training.sample.population import (
    Assignments,
    Population,
    assign_by_model,
    expected_segments,
    updated_home_segments,
    view,
)
from stream.training.structure.match_ids import switch_to, unchanged_segments
from stream.training.values.health import Baseline, Reference, reference
from stream.training.values.lineage import Lineage, People, changes
from stream.training.values.outputs import Output, Published, Retracted, Served
from stream.training.values.policy import TrainingPolicy
from stream.training.values.promotion import DROPPED, PROMOTED, PROPOSED, Promotion
from stream.training.values.reservoir import Reservoir, within
from stream.training.values.state import Candidate, Memory, TrainerState

MODELS_KEPT = 20  # and what serves, waits, or served before

NO_FLOWS = TransitionMatrix((), 0.0, 0.0, 0)


@dataclass(slots=True)
class Progress:
    """Changes nothing it was given. `salt` is that of members' hashes, `margin` the workers'; `now_ms` is the time that
    the samples which wait have reached, 0 for that of the state."""

    state: TrainerState
    reservoir: Reservoir
    home_segments: Mapping[str, str]
    models: dict[int, SegmentModel]
    policy: TrainingPolicy
    margin: Margins
    salt: str
    now_ms: int = 0
    outputs: list[Output] = field(default_factory=list)

    @property
    def serving(self) -> SegmentModel:
        """The model that serves."""
        return self.models[self.state.serving]

    def memory(self) -> Memory:
        """What is remembered from now on: of nobody who is not in the pool."""
        return Memory(self.state, self.reservoir, within(self.home_segments, self.reservoir), self.models)

    def make(self, draft: TrainerState, seen: Population) -> SegmentModel:
        """The draft as a model with a version of its own."""
        self.state = replace(self.state, version=self.state.version + 1)
        model = build_model(
            replace(draft, version=self.state.version),
            seen,
            self.models.get(self.state.serving),
            self.policy,
            self.salt,
        )
        return self._publish(model)

    def publish(self, model: SegmentModel) -> SegmentModel:
        """The model under the next version."""
        self.state = replace(self.state, version=self.state.version + 1)
        return self._publish(replace(model, version=self.state.version))

    def _publish(self, model: SegmentModel) -> SegmentModel:
        self.models = {**self.models, model.version: model}
        self.outputs.append(Published(model))
        return model

    def say(
        self,
        version: int,
        status: str,
        by: str,
        reason: str,
        flow: TransitionMatrix = NO_FLOWS,
        lineage: Sequence[Lineage] = (),
    ) -> None:
        """A verdict that does not change what serves."""
        self.outputs.append(self._verdict(version, status, by, reason, flow, lineage, 0))

    def drop(self, reason: str, by: str = "budget") -> None:
        """The candidate will not serve. What a hand drops must hold anew if it is proposed again."""
        if self.state.candidate is not None:
            self.say(self.state.candidate.version, DROPPED, by, reason)
            self.state = replace(self.state, candidate=None, proposed={} if by == "hand" else self.state.proposed)

    @property
    def time_ms(self) -> int:
        """When what happens now happens."""
        return max(self.now_ms, self.state.watermark_ms)

    @property
    def is_passing(self) -> bool:
        """Whether people still pass to the model that serves: the next one would take those who have not at once."""
        return self.time_ms < self.state.passing_until_ms

    def seen(self) -> Population:
        """Everyone in the pool."""
        return view(self.reservoir, self.home_segments, self.state.scaler, self.state.inclusion_thresholds)

    def lineage(self, model: SegmentModel, seen: Population) -> tuple[Lineage, ...]:
        """What the model makes of the segments that serve."""
        return changes(
            self.serving.ids, model, People(seen.home_segments, assign_by_model(seen, model).index(), seen.weights)
        )

    def flows(self, model: SegmentModel, seen: Population) -> TransitionMatrix:
        """Whom the model would move, against the one that serves."""
        return flows(self.serving, model, seen.raw, seen.current_segments, seen.weights, self.margin)

    def propose(
        self,
        draft: TrainerState,
        seen: Population,
        reasons: tuple[str, ...],
        born: tuple[str, ...],
        by: str,
        reason: str,
        since_ms: int | None = None,
    ) -> None:
        """The draft, whose new ids count from the next one, as a candidate that runs in shadow. What it says has held
        since `since_ms`, None: from now on."""
        model, state = self.make(draft, seen), self.state
        n_new = sum(segment not in state.ids for segment in draft.ids)
        since_ms = state.watermark_ms if since_ms is None else since_ms
        waits = Candidate(model.version, since_ms, reasons, state.next_id, unchanged_segments(state, draft), born)
        self.state = replace(state, candidate=waits, next_id=state.next_id + n_new)
        self.say(model.version, PROPOSED, by, reason, self.flows(model, seen), self.lineage(model, seen))

    def promote(
        self,
        model: SegmentModel,
        seen: Population,
        by: str,
        reason: str,
        flow: TransitionMatrix = NO_FLOWS,
        lineage: Sequence[Lineage] = (),
        ramp_ms: int | None = None,
        status: str = PROMOTED,
        kept: Sequence[str] = (),
        former: tuple[int, ...] | None = None,
    ) -> None:
        """The model serves from now on, and training goes on from its segments; of `kept` ones from where they are. A
        candidate waits on, unless it is this model. `former` None: the one that served until now can be gone back to,
        if this is not that."""
        ramp = self.policy.ramp_ms if ramp_ms is None else ramp_ms
        decision = self._verdict(model.version, status, by, reason, flow, lineage, ramp)
        where = assign_by_model(seen, model)
        state, waits = self.state, self.state.candidate
        if former is None:
            forward = status == PROMOTED and state.serving
            former = (*state.former, state.serving)[-MODELS_KEPT:] if forward else state.former[:-1]
        renewed = self._is_renewed(model, by, lineage)
        self.reservoir = {
            **self.reservoir,
            **expected_segments(seen, self.models.get(state.serving), model, self.margin),
        }
        self.state = replace(
            switch_to(state, model, where, kept),
            serving=model.version,
            former=former,
            candidate=None if waits is None or waits.version == model.version else waits,
            passing_until_ms=self.time_ms + ramp,
            published_names={segment: d.name for segment, d in zip(model.ids, model.descriptions, strict=True)},
            reference=self._reference(model, seen, where, kept if by == "budget" else ())
            if renewed
            else state.reference,
            proposed={} if lineage else state.proposed,
        )
        if renewed:
            self.home_segments = updated_home_segments(seen, where, model.ids)
        self.outputs += [decision, Served(model, self.models.get(state.serving))]
        self._retract()

    def _is_renewed(self, model: SegmentModel, by: str, lineage: Sequence[Lineage]) -> bool:
        """Whether later looks are held against the people of now: segments have changed, or a hand chose the model. One
        that is but named anew was not chosen."""
        if lineage or not self.state.serving:
            return True
        return by == "hand" and not np.array_equal(model.centroids, self.serving.centroids)

    def _reference(self, model: SegmentModel, seen: Population, where: Assignments, kept: Sequence[str]) -> Reference:
        """The people of now; segments are where the model has them, but `kept` ones where they were before."""
        found = reference(seen.raw.explicit, seen.weights, segment_shares(seen, where, model.ids))
        places = zip(model.ids, model.centroids, model.thresholds.tolist(), strict=True)
        known = self.state.reference.baselines
        baselines = {s: known[s] if s in kept and s in known else Baseline(at, limit) for s, at, limit in places}
        return replace(found, baselines=baselines)

    def _verdict(
        self,
        version: int,
        status: str,
        by: str,
        reason: str,
        flow: TransitionMatrix,
        lineage: Sequence[Lineage],
        ramp_ms: int,
    ) -> Promotion:
        return Promotion(
            version,
            self.state.serving,
            status,
            by,
            reason,
            self.time_ms,
            ramp_ms,
            flow.people,
            flow.moved,
            flow.entered,
            self.policy.churn_budget,
            flow.movements,
            tuple(lineage),
            self.state.auto_promotion_paused,
        )

    def _retract(self) -> None:
        state = self.state
        needed = {state.serving, *state.former[-3:], *([state.candidate.version] if state.candidate else [])}
        gone = [version for version in sorted(self.models)[:-MODELS_KEPT] if version not in needed]
        self.outputs += [Retracted(version) for version in gone]
        self.models = _without(self.models, gone)


def _without(models: Mapping[int, SegmentModel], gone: Sequence[int]) -> dict[int, SegmentModel]:
    return {version: model for version, model in models.items() if version not in gone}
