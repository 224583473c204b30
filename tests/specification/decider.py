"""Decisions on evaluated users, as values: changes, memberships, profiles, samples, and the timers of new dwells.

A membership is published with every change, with every declaration of another trait, and when a predicted label has
had another value for the dwell.
"""

from __future__ import annotations

from typing import NamedTuple

from stream.core.change import segment_name
from stream.core.decision.pins import matching_pin
from stream.core.features import registry
from stream.core.labels import NO_LABELS, LabelHeads, Predictions, PublishedLabels
from stream.core.output import Membership
from stream.core.policy import Policy, PublishProfiles
from stream.core.soft_membership import soft_membership
from stream.core.transition import MembershipState, required
from tests.specification.change import build_change
from tests.specification.evaluation import EvaluationResult
from tests.specification.labels import predict, publish, update_pending
from tests.specification.output import Output
from tests.specification.profile_outputs import build_profile, build_sample
from tests.specification.state import Timer, UserState, timer_of
from tests.specification.transition import Transition, apply_transition, decide, on_empty_window, pin, unpin


class DecidedUser(NamedTuple):
    """A decision on one user: the next state, the outputs in order, and the timer of a dwell that begins."""

    membership: MembershipState
    labels: PublishedLabels
    sampled_ms: int
    outputs: list[Output]
    timer: Timer | None

    def apply_to(self, state: UserState) -> None:
        """Store the decided state."""
        state.membership, state.labels, state.sampled_ms = self.membership, self.labels, self.sampled_ms


class Decider:
    """A decider of evaluated users; it keeps no state of its own.

    Without a segment model users keep their segments, with two exceptions: an empty window leads to `inactive`, and
    pin rules apply.
    """

    def __init__(self, encoder: str, policy: Policy, labels: LabelHeads = NO_LABELS) -> None:
        self.encoder, self.policy, self.labels = encoder, policy, labels
        self._features = tuple(registry(policy))

    def affects_segment(self, state: UserState) -> bool:
        """Return True if the declared traits may change the segment."""
        rule = matching_pin(state.traits, self.policy.pin)
        return rule.segment != state.membership.segment if rule else bool(state.membership.pinned_by)

    def decide(self, result: EvaluationResult) -> DecidedUser | None:
        """Return the decision on one user, or None if nothing changes; `result` itself stays as it is."""
        evaluation, state = result.evaluation, result.evaluation.state
        if evaluation.is_declaration:
            return self._publish_traits(result)
        outputs: list[Output] = []
        timer: Timer | None = None
        membership, transition = self._transition(result)
        if transition is None:
            timer = self._dwell_timer(result, membership)
        else:
            outputs.append(build_change(result, membership, transition, self.encoder, self.policy))
            membership = apply_transition(membership, transition, evaluation.now_ms)
        labels, publication = self._labels(result, membership, is_changed=transition is not None)
        if publication is not None:
            outputs.append(publication)
        if self._publishes_profile(publication):
            outputs.append(build_profile(result, membership, self._features, self.encoder))
        sampled_ms = state.sampled_ms
        if self._is_sample_due(result, membership):
            sampled_ms = evaluation.now_ms
            outputs.append(build_sample(result, membership, self.encoder, self.policy))
        if not outputs and membership is state.membership and labels is state.labels:
            return None
        return DecidedUser(membership, labels, sampled_ms, outputs, timer)

    def _publish_traits(self, result: EvaluationResult) -> DecidedUser:
        """Return the user where it is, with the membership to publish again."""
        state, predictions = result.evaluation.state, self._predictions(result)
        outputs: list[Output] = [publication := self._membership(result, state.membership, predictions)]
        if self._publishes_profile(publication):
            outputs.append(build_profile(result, state.membership, self._features, self.encoder))
        return DecidedUser(state.membership, publish(predictions), state.sampled_ms, outputs, None)

    def _transition(self, result: EvaluationResult) -> tuple[MembershipState, Transition | None]:
        evaluation, model, assignment = result.evaluation, result.model, result.assignment
        membership, n_items = evaluation.state.membership, len(evaluation.items)
        if self.policy.pin and (rule := matching_pin(evaluation.state.traits, self.policy.pin)):
            return pin(membership, rule)
        if membership.pinned_by:
            return membership, unpin(assignment, n_items, model, self.policy)
        if assignment is None or model is None:
            return (membership, None) if n_items else on_empty_window(membership)
        return decide(membership, assignment, n_items, evaluation.now_ms, model, self.policy)

    def _dwell_timer(self, result: EvaluationResult, membership: MembershipState) -> Timer | None:
        """Return the timer of a dwell that begins with this evaluation, and not with one before in its millisecond."""
        evaluation = result.evaluation
        if membership is evaluation.state.membership or membership.candidate is None:
            return None
        if membership.candidate_since_ms != evaluation.now_ms:
            return None
        due_ms = evaluation.now_ms + required(self.policy, membership.segment, membership.candidate).dwell_ms
        return timer_of(due_ms, evaluation.user_id, dwell=True)

    def _labels(
        self, result: EvaluationResult, membership: MembershipState, is_changed: bool
    ) -> tuple[PublishedLabels, Membership | None]:
        """Return the published labels, and the membership to publish: after a change, or with a new predicted value."""
        evaluation, published = result.evaluation, result.evaluation.state.labels
        has_labels = bool(published or result.batch.label_probabilities)
        has_result = membership.sequence and not (evaluation.items and result.model is None)
        if not is_changed and not (has_labels and has_result):
            return published, None
        predictions = self._predictions(result)
        if not is_changed:
            pending = update_pending(predictions, published, evaluation.now_ms, self.policy.dwell_ms)
            if pending is not None:
                return pending, None
        return publish(predictions), self._membership(result, membership, predictions)

    def _predictions(self, result: EvaluationResult) -> Predictions:
        """Return the predicted labels; none for an empty window and for texts without weight."""
        batch, row = result.batch, result.row
        if not batch.label_probabilities or not result.evaluation.items or not batch.raw.semantic[row].any():
            return {}
        return predict(self.labels, batch.label_probabilities[row], result.evaluation.state.labels)

    def _membership(
        self, result: EvaluationResult, membership: MembershipState, predictions: Predictions
    ) -> Membership:
        model, assignment = result.model, result.assignment
        return Membership(
            user=result.evaluation.user_id,
            segment=membership.segment,
            name=segment_name(membership.segment, model),
            since_ms=membership.since_ms,
            sequence=membership.sequence,
            segment_model=model.version if model else 0,
            encoder=self.encoder,
            traits=result.evaluation.state.traits or None,
            predicted=predictions or None,
            label_heads=self.labels.version,
            soft_membership=soft_membership(assignment, model) if assignment is not None and model else (),
        )

    def _publishes_profile(self, publication: Membership | None) -> bool:
        chosen = self.policy.publish_profiles
        return chosen is PublishProfiles.ALWAYS or (chosen is PublishProfiles.CHANGES and publication is not None)

    def _is_sample_due(self, result: EvaluationResult, membership: MembershipState) -> bool:
        """Return True if the user has enough items, is not pinned, and was not sampled for the sampling period."""
        evaluation, last_ms = result.evaluation, result.evaluation.state.sampled_ms
        if last_ms and evaluation.now_ms - last_ms < self.policy.sample_every_ms:
            return False
        return len(evaluation.items) >= self.policy.min_items and not membership.pinned_by
