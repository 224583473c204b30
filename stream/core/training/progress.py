"""A trainer's memory on the way to the next one, and what is said on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from stream.core.segment_model import SegmentModel
from stream.core.training.draft import adopted, untouched
from stream.core.training.flow import Flows, flows
from stream.core.training.health import reference
from stream.core.training.lineage import Lineage, People, changes
from stream.core.training.making import make_model, shares
from stream.core.training.outputs import Output, Published, Retracted, Served
from stream.core.training.policy import TrainingPolicy
from stream.core.training.pool import Pool
from stream.core.training.promotion import DROPPED, PROMOTED, PROPOSED, Promotion
from stream.core.training.state import Candidate, Memory, TrainerState
from stream.core.training.view import View, homes_of, locate_in, view

MODELS_KEPT = 20  # and what serves, waits, or served before

NO_FLOWS = Flows((), 0.0, 0.0, 0)


@dataclass(slots=True)
class Progress:
    """Changes nothing it was given. `salt` is that of members' hashes, `margin` the workers'; `now_ms` is the time of
    the newest sample that came, learned or not, 0 for that of the state."""

    state: TrainerState
    pool: Pool
    homes: Mapping[str, str]
    models: dict[int, SegmentModel]
    policy: TrainingPolicy
    margin: float
    salt: str
    now_ms: int = 0
    outputs: list[Output] = field(default_factory=list)

    @property
    def serving(self) -> SegmentModel:
        """The model that serves."""
        return self.models[self.state.serving]

    def memory(self) -> Memory:
        """What is remembered from now on."""
        return Memory(self.state, self.pool, self.homes, self.models)

    def make(self, draft: TrainerState, seen: View) -> SegmentModel:
        """The draft as a model with a version of its own."""
        self.state = replace(self.state, version=self.state.version + 1)
        model = make_model(
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
        self, version: int, status: str, by: str, reason: str, flow: Flows = NO_FLOWS, lineage: Sequence[Lineage] = ()
    ) -> None:
        """A verdict that does not change what serves."""
        self.outputs.append(self._verdict(version, status, by, reason, flow, lineage, 0))

    def drop(self, reason: str, by: str = "budget") -> None:
        """The candidate will not serve."""
        if self.state.candidate is not None:
            self.say(self.state.candidate.version, DROPPED, by, reason)
            self.state = replace(self.state, candidate=None)

    @property
    def time_ms(self) -> int:
        """When what happens now happens."""
        return max(self.now_ms, self.state.at_ms)

    @property
    def is_passing(self) -> bool:
        """Whether people still pass to the model that serves: the next one would take those who have not at once."""
        return self.time_ms < self.state.passing_until_ms

    def seen(self) -> View:
        """Everyone in the pool."""
        return view(self.pool, self.homes, self.state.scaler, self.state.cuts)

    def lineage(self, model: SegmentModel, seen: View) -> tuple[Lineage, ...]:
        """What the model makes of the segments that serve."""
        return changes(self.serving.ids, model, People(seen.homes, locate_in(seen, model).index(), seen.weights))

    def flows(self, model: SegmentModel, seen: View) -> Flows:
        """Whom the model would move, against the one that serves."""
        return flows(self.serving, model, seen.raw, seen.standing, seen.weights, self.margin)

    def propose(
        self, draft: TrainerState, seen: View, reasons: tuple[str, ...], born: tuple[str, ...], by: str, reason: str
    ) -> None:
        """The draft, whose new ids count from the next one, as a candidate that runs in shadow."""
        model, state = self.make(draft, seen), self.state
        n_new = sum(segment not in state.ids for segment in draft.ids)
        waits = Candidate(model.version, state.at_ms, reasons, state.next_id, untouched(state, draft), born)
        self.state = replace(state, candidate=waits, next_id=state.next_id + n_new)
        self.say(model.version, PROPOSED, by, reason, self.flows(model, seen), self.lineage(model, seen))

    def promote(
        self, model: SegmentModel, seen: View, by: str, reason: str, flow: Flows = NO_FLOWS,
        lineage: Sequence[Lineage] = (), ramp_ms: int | None = None, status: str = PROMOTED, kept: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """The model serves from now on, and training goes on from its segments; of `kept` ones from where they are. A
        candidate waits on, unless it is this model."""
        ramp = self.policy.ramp_ms if ramp_ms is None else ramp_ms
        verdict = self._verdict(model.version, status, by, reason, flow, lineage, ramp)
        where = locate_in(seen, model)
        state, former, waits = self.state, self.state.former, self.state.candidate
        former = (*former, state.serving)[-MODELS_KEPT:] if status == PROMOTED and state.serving else former[:-1]
        structure = bool(lineage) or not state.serving
        self.state = replace(
            adopted(state, model, where, kept),
            serving=model.version,
            former=former,
            candidate=None if waits is None or waits.version == model.version else waits,
            passing_until_ms=self.time_ms + ramp,
            called={segment: d.name for segment, d in zip(model.ids, model.descriptions, strict=True)},
            reference=reference(seen.raw.explicit, seen.weights, shares(seen, where, model.ids))
            if structure
            else state.reference,
        )
        if structure:
            self.homes = homes_of(seen, where, model.ids)
        self.outputs += [verdict, Served(model, self.models.get(state.serving))]
        self._retract()

    def _verdict(
        self, version: int, status: str, by: str, reason: str, flow: Flows, lineage: Sequence[Lineage], ramp_ms: int
    ) -> Promotion:
        return Promotion(
            version, self.state.serving, status, by, reason, self.time_ms, ramp_ms, flow.people, flow.moved,
            flow.entered, self.policy.churn_budget, flow.movements, tuple(lineage),
        )  # fmt: skip

    def _retract(self) -> None:
        state = self.state
        needed = {state.serving, *state.former[-3:], *([state.candidate.version] if state.candidate else [])}
        gone = [version for version in sorted(self.models)[:-MODELS_KEPT] if version not in needed]
        self.outputs += [Retracted(version) for version in gone]
        self.models = _without(self.models, gone)


def _without(models: Mapping[int, SegmentModel], gone: Sequence[int]) -> dict[int, SegmentModel]:
    return {version: model for version, model in models.items() if version not in gone}
