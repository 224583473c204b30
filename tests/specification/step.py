"""The hot path as one function of values.

    step(records, partition, serving, encoder, policy, until_ms, labels, evaluated, observe) -> Step

`records` are of one partition, in order. Arguments are not changed: an engine delivers the outputs and the changed
states atomically, then merges. Results do not depend on how records are cut into batches: `step(a + b)` equals
`step(a)` followed by `step(b)`, bit for bit. Therefore a replay equals the original run.

A step runs in evaluation batches. Each takes snapshots of windows at every event and timer, evaluates all of them in
one sweep of numpy, and decides in order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from stream.core.audience import with_large_segments
from stream.core.decision.consent import admit
from stream.core.encoder import Encoder
from stream.core.event import (
    TRAITS_BYTES_MAX,
    Content,
    Declaration,
    Erasure,
    Event,
    Ignored,
    Misplaced,
    Record,
    Rejected,
    Scalar,
    traits_bytes,
)
from stream.core.labels import NO_LABELS, LabelHeads
from stream.core.output import Membership, Rejection
from stream.core.policy import Policy
from stream.core.reasons import Reason
from stream.core.serving import NOTHING_SERVES, Serving
from tests.specification.decider import Decider
from tests.specification.features import features_of, kind_code
from tests.specification.outcome import Step, Switch
from tests.specification.scheduler import EvaluationScheduler, Observe
from tests.specification.staged_users import StagedUsers
from tests.specification.state import PartitionState
from tests.specification.stored_vectors import stored_vectors
from tests.specification.timeline import Timeline, record_time_ms
from tests.specification.window import Inserted, columns_dtype


def step(
    records: list[Record],
    partition: PartitionState,
    serving: Serving | None,
    encoder: Encoder,
    policy: Policy,
    until_ms: int = 0,
    labels: LabelHeads = NO_LABELS,
    evaluated: Iterable[str] = (),
    observe: Observe | None = None,
) -> Step:
    """Apply `records`, then advance time to `until_ms` (0: no farther than the records prove).

    At the end the users in `evaluated` are evaluated without an event; none may wait for a new encoding.
    `observe` is called after the decision of each evaluation, in order.
    """
    run = _Run(records, partition, serving, encoder, policy, until_ms, labels, observe)
    for record in records:
        run.apply(record)
    return run.finish(evaluated)


class _Run:
    """Mutable parts of one step."""

    def __init__(
        self,
        records: list[Record],
        partition: PartitionState,
        serving: Serving | None,
        encoder: Encoder,
        policy: Policy,
        until_ms: int,
        labels: LabelHeads,
        observe: Observe | None,
    ) -> None:
        self.partition, self.serving, self.policy = partition, serving, policy
        features = features_of(policy)
        if serving is not None:
            serving.check(encoder.version, tuple(features))
        self.timeline = Timeline(partition, records, policy, until_ms)
        self.vectors = stored_vectors(records, partition, self.timeline.remaining(), encoder, policy.consent)
        self.users = StagedUsers(partition, policy, columns_dtype(encoder.dimension), self.vectors)
        self.decider = Decider(encoder.version, policy, labels)
        deciding = with_large_segments(serving, policy.min_audience)
        self.scheduler = EvaluationScheduler(self.timeline, self.users, deciding, self.decider, features, observe)
        self.counts: Counter[str] = Counter()
        self.newest_late_ms = 0
        self.offset = records[-1].offset if records else partition.offset

    def apply(self, record: Record) -> None:
        """Advance time to the record, then apply it to the windows."""
        self.scheduler.advance(record_time_ms(record, self.policy))
        match self._admitted(record.content):
            case Event() as event:
                self._apply_event(event, record)
            case Declaration(user=user_id, traits=traits):
                self._declare(user_id, traits, record)
            case Erasure(user=user_id):
                self._erase(user_id)
            case Rejected(reason, detail):
                self._reject(record.offset, reason, detail)
            case Ignored():
                self.counts["ignored"] += 1
            case Misplaced():
                self.counts["forwarded"] += 1
            case None:  # pragma: no branch (there is no other content)
                self.counts["no_consent"] += 1

    def finish(self, evaluated: Iterable[str]) -> Step:
        """Advance time to the end of the step, evaluate users, and return the result."""
        self.scheduler.advance(self.timeline.end_ms)
        for user_id in evaluated:
            self.scheduler.evaluate_later(user_id, self.users.writable(user_id))
        self.scheduler.flush()
        serving, before = self.serving.versions if self.serving else NOTHING_SERVES, self.partition
        is_switched = serving != before.serving
        return Step(
            users=self.users.changed,
            erased=self.users.erased,
            outputs=self.scheduler.outputs,
            counts=self.counts,
            timers=self.timeline.remaining(),
            now_ms=self.timeline.now_ms,
            offset=self.offset,
            serving=serving,
            switch=Switch(serving, before.offset, before.now_ms) if is_switched else None,
            newest_late_ms=self.newest_late_ms,
        )

    def _admitted(self, content: Content) -> Content | None:
        """Return what the gate of consent lets through; None: nothing."""
        if not self.policy.consent or not isinstance(content, Event | Declaration):
            return content
        user = self.users.find(content.user)
        return admit(content, user.traits if user else None, self.policy.consent)

    def _apply_event(self, event: Event, record: Record) -> None:
        ahead_ms = event.time_ms - self.timeline.now_ms
        if ahead_ms > self.policy.max_ahead_ms:
            self._reject(record.offset, Reason.TIMESTAMP_AHEAD, f"{ahead_ms} ms after it was received")
            return
        user = self.users.writable(event.user)
        vector, scale = self.vectors[event.text]
        start_ms = self.timeline.now_ms - self.policy.window_ms
        inserted = user.window.insert(event, kind_code(self.policy, event.kind), vector, scale, start_ms)
        self.counts[inserted] += 1
        if inserted is Inserted.LATE:
            self.newest_late_ms = max(self.newest_late_ms, event.time_ms)
        user.offset = record.offset
        if inserted is Inserted.APPLIED:
            user.n_events += 1
            user.traceparent = record.traceparent
            self.scheduler.schedule_expiry(event.user, user)
            self.scheduler.evaluate_later(event.user, user)

    def _declare(self, user_id: str, traits: Mapping[str, Scalar], record: Record) -> None:
        self.scheduler.flush()  # earlier evaluations must not see traits declared after them
        before = self.users.find(user_id)
        merged = {**(before.traits if before else {}), **traits}
        if (n_bytes := traits_bytes(merged)) > TRAITS_BYTES_MAX:
            together = f"with those declared before: expected at most {TRAITS_BYTES_MAX} bytes, got {n_bytes}"
            self._reject(record.offset, Reason.TRAITS_TOO_LARGE, together)
            return
        user = self.users.writable(user_id)
        is_new = repr(merged) != repr(dict(user.traits))  # True and 1 are two values
        user.traits, user.offset, user.traceparent = merged, record.offset, record.traceparent
        self.counts["declarations"] += 1
        if self.decider.affects_segment(user):
            self.scheduler.evaluate_later(user_id, user)
        elif is_new and user.membership.sequence:  # a consent withdrawn must not wait for the next change
            self.scheduler.evaluate_later(user_id, user, is_declaration=True)

    def _erase(self, user_id: str) -> None:
        self.scheduler.flush()  # earlier outputs of the user come before the erasure
        self.counts["erased"] += 1
        self.users.erase(user_id)
        self.scheduler.outputs.append(Membership(user_id, None))

    def _reject(self, offset: int, reason: Reason, detail: str) -> None:
        self.scheduler.flush()  # outputs of earlier records come before the rejection
        self.counts["rejected"] += 1
        self.scheduler.outputs.append(Rejection(offset, reason, detail))
