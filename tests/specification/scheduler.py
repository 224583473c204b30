"""Scheduling of evaluations within a step: timers, evaluation batches, and decisions in order."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving
from tests.specification.decider import DecidedUser, Decider
from tests.specification.evaluation import ROWS_MAX, Evaluation, EvaluationBatch, EvaluationResult, evaluate
from tests.specification.features import Compute
from tests.specification.output import Output
from tests.specification.staged_users import StagedUsers
from tests.specification.state import Timer, UserState, expiry_ms, timer_of
from tests.specification.timeline import Timeline
from tests.specification.transition import dwell_due_ms

Observe = Callable[[EvaluationResult, DecidedUser | None], object]  # called after each decision; None: nothing changed


class EvaluationScheduler:
    """A scheduler that fires timers and evaluates users in batches; `outputs` collects the outputs of the step."""

    def __init__(
        self,
        timeline: Timeline,
        users: StagedUsers,
        serving: Serving | None,
        decider: Decider,
        features: dict[str, Compute],
        observe: Observe | None = None,
    ) -> None:
        self.outputs: list[Output] = []
        self._timeline, self._users, self._serving, self._decider = timeline, users, serving, decider
        self._features, self._observe = features, observe
        self._policy = decider.policy
        self._batch = self._new_batch()

    def advance(self, now_ms: int) -> None:
        """Run the timers up to `now_ms`, each at its own time; flush where a decision could add a timer."""
        now_ms = max(now_ms, self._timeline.now_ms)
        while True:
            due_ms = self._timeline.next_due_ms(now_ms)
            if self._batch.is_closed_at(now_ms if due_ms is None else max(due_ms, self._timeline.now_ms)):
                self.flush()
            elif due_ms is None:
                break
            else:
                self._fire(self._timeline.pop())
        self._timeline.now_ms = now_ms

    def evaluate_later(
        self, user_id: str, user: UserState, dwell_due_ms: int | None = None, is_declaration: bool = False
    ) -> None:
        """Add an evaluation of the window as it is now; `dwell_due_ms` is given if that dwell is the reason."""
        items, now_ms = user.window.items.copy(), self._timeline.now_ms
        evaluation = Evaluation(user_id, user, now_ms, items, dwell_due_ms, user.traceparent, is_declaration)
        self._batch.add(evaluation, self._policy)

    def schedule_expiry(self, user_id: str, user: UserState) -> None:
        """Add a timer for the oldest item unless an earlier one is set."""
        due_ms = expiry_ms(user.window, self._policy)
        if due_ms and (user.expiry_ms == 0 or due_ms < user.expiry_ms):
            user.expiry_ms = due_ms
            self._timeline.add(timer_of(due_ms, user_id, dwell=False))

    def flush(self) -> None:
        """Evaluate the batch in one sweep, then decide and apply each evaluation in order."""
        evaluations = self._batch.evaluations
        if not evaluations:
            return
        models = self._models(evaluations)
        evaluated = evaluate(self._batch.windows(), self._features, models, self._policy, self._decider.labels)
        for result in evaluated.results(evaluations):
            if result.evaluation.is_outdated(self._policy):
                continue
            self._take(result, self._decider.decide(result))
        self._batch = self._new_batch()

    def _take(self, result: EvaluationResult, decided: DecidedUser | None) -> None:
        if decided is not None:
            decided.apply_to(result.evaluation.state)
            self.outputs += decided.outputs
            if decided.timer is not None:
                self._timeline.add(decided.timer)
        if self._observe is not None:
            self._observe(result, decided)

    def _fire(self, timer: Timer) -> None:
        user = self._users.find(timer.user)
        if user is None:
            return
        if timer.dwell:
            if dwell_due_ms(user.membership, self._policy) == timer.due_ms:
                self.evaluate_later(timer.user, self._users.writable(timer.user), dwell_due_ms=timer.due_ms)
        elif user.expiry_ms == timer.due_ms:
            self._expire(timer.user, self._users.writable(timer.user))

    def _expire(self, user_id: str, user: UserState) -> None:
        user.expiry_ms = 0
        if user.window.expire(self._timeline.now_ms - self._policy.window_ms):
            if not len(user.window):
                user.traceparent = ""
            self.evaluate_later(user_id, user)
        self.schedule_expiry(user_id, user)

    def _models(self, evaluations: list[Evaluation]) -> list[SegmentModel]:
        """Return the model that decides each evaluation; an empty list without a segment model."""
        if self._serving is None:
            return []
        if self._serving.previous_at(evaluations[0].now_ms) is None:
            return [self._serving.model] * len(evaluations)
        return [self._serving.model_for(each.user_id, each.now_ms) for each in evaluations]

    def _new_batch(self) -> EvaluationBatch:
        return EvaluationBatch(np.empty((ROWS_MAX, self._policy.window_items), self._users.dtype))
