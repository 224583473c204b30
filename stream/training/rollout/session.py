"""A trainer's memory on the way to the next one, and what is said on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from stream.core.decision.overrides import Margins
from stream.core.segment_model import SegmentModel
from stream.training.describe.model_builder import build_model, segment_shares
from stream.training.rollout.drift_report import reference
from stream.training.rollout.impact import TransitionMatrix, expected_segments, flows
from stream.training.sample.population import (
    Assignments,
    Population,
    assign_by_model,
    build_population,
    updated_home_segments,
)
from stream.training.structure.lineage import Reassignment, lineage_of
from stream.training.structure.match_ids import switch_to, unchanged_segments
from stream.training.values.health import Baseline, Reference
from stream.training.values.lineage import Lineage
from stream.training.values.outputs import Output, Published, Retracted, Served
from stream.training.values.policy import TrainingPolicy
from stream.training.values.promotion import Cause, Promotion, Status, Trigger
from stream.training.values.reservoir import Reservoir, within
from stream.training.values.state import Candidate, Memory, TrainerState
from stream.training.values.structure_change import StructureChange

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
        status: Status,
        trigger: Trigger,
        cause: Cause,
        flow: TransitionMatrix = NO_FLOWS,
        lineage: Sequence[Lineage] = (),
        command_id: str = "",
        changes: tuple[StructureChange, ...] = (),
    ) -> None:
        """A verdict that does not change what serves."""
        self.outputs.append(self._verdict(version, status, trigger, cause, flow, lineage, 0, command_id, changes))

    def drop(
        self,
        cause: Cause,
        trigger: Trigger = Trigger.AUTOMATIC,
        command_id: str = "",
        changes: tuple[StructureChange, ...] = (),
    ) -> None:
        """The candidate will not serve. What a hand drops must hold anew if it is proposed again."""
        if self.state.candidate is not None:
            self.say(
                self.state.candidate.version, Status.DROPPED, trigger, cause, command_id=command_id, changes=changes
            )
            proposed = {} if trigger is Trigger.OPERATOR else self.state.proposed
            self.state = replace(self.state, candidate=None, proposed=proposed)

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
        return build_population(self.reservoir, self.home_segments, self.state.scaler, self.state.inclusion_thresholds)

    def lineage(self, model: SegmentModel, seen: Population) -> tuple[Lineage, ...]:
        """What the model makes of the segments that serve."""
        return lineage_of(
            self.serving.ids,
            model,
            Reassignment(seen.home_segments, assign_by_model(seen, model).index(), seen.weights),
        )

    def flows(self, model: SegmentModel, seen: Population) -> TransitionMatrix:
        """Whom the model would move, against the one that serves."""
        return flows(self.serving, model, seen.raw, seen.current_segments, seen.weights, self.margin)

    def propose(
        self,
        draft: TrainerState,
        seen: Population,
        born: tuple[str, ...],
        trigger: Trigger,
        cause: Cause,
        since_ms: int | None = None,
        command_id: str = "",
        changes: tuple[StructureChange, ...] = (),
    ) -> None:
        """The draft, whose new ids count from the next one, as a candidate that runs in shadow. What it says has held
        since `since_ms`, None: from now on."""
        model, state = self.make(draft, seen), self.state
        n_new = sum(segment not in state.ids for segment in draft.ids)
        since_ms = state.watermark_ms if since_ms is None else since_ms
        kept = unchanged_segments(state, draft)
        waits = Candidate(model.version, since_ms, cause, changes, state.next_id, kept, born)
        self.state = replace(state, candidate=waits, next_id=state.next_id + n_new)
        flow, lineage = self.flows(model, seen), self.lineage(model, seen)
        self.say(model.version, Status.PROPOSED, trigger, cause, flow, lineage, command_id, changes)

    def promote(
        self,
        model: SegmentModel,
        seen: Population,
        trigger: Trigger,
        cause: Cause,
        flow: TransitionMatrix = NO_FLOWS,
        lineage: Sequence[Lineage] = (),
        ramp_ms: int | None = None,
        status: Status = Status.PROMOTED,
        kept: Sequence[str] = (),
        former: tuple[int, ...] | None = None,
        command_id: str = "",
        changes: tuple[StructureChange, ...] = (),
    ) -> None:
        """The model serves from now on, and training goes on from its segments; of `kept` ones from where they are. A
        candidate waits on, unless it is this model. `former` None: the one that served until now can be gone back to,
        if this is not that."""
        ramp = self.policy.ramp_ms if ramp_ms is None else ramp_ms
        decision = self._verdict(model.version, status, trigger, cause, flow, lineage, ramp, command_id, changes)
        where = assign_by_model(seen, model)
        state, waits = self.state, self.state.candidate
        if former is None:
            forward = status is Status.PROMOTED and state.serving
            former = (*state.former, state.serving)[-MODELS_KEPT:] if forward else state.former[:-1]
        renewed = self._is_renewed(model, trigger, lineage)
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
            reference=self._reference(model, seen, where, kept if trigger is Trigger.AUTOMATIC else ())
            if renewed
            else state.reference,
            proposed={} if lineage else state.proposed,
        )
        if renewed:
            self.home_segments = updated_home_segments(seen, where, model.ids)
        self.outputs += [decision, Served(model, self.models.get(state.serving))]
        self._retract()

    def _is_renewed(self, model: SegmentModel, trigger: Trigger, lineage: Sequence[Lineage]) -> bool:
        """Whether later looks are held against the people of now: segments have changed, or a hand chose the model. One
        that is but named anew was not chosen."""
        if lineage or not self.state.serving:
            return True
        return trigger is Trigger.OPERATOR and not np.array_equal(model.centroids, self.serving.centroids)

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
        status: Status,
        trigger: Trigger,
        cause: Cause,
        flow: TransitionMatrix,
        lineage: Sequence[Lineage],
        ramp_ms: int,
        command_id: str,
        changes: tuple[StructureChange, ...],
    ) -> Promotion:
        return Promotion(
            version,
            self.state.serving,
            status,
            trigger,
            cause,
            self.time_ms,
            command_id,
            changes,
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
