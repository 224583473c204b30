"""The whole hot path as one function of values.

    step(records, partition, serving, encoder, policy, until_ms, labels) -> Step

`records` are of one partition in order. Nothing given is changed; an engine delivers the outputs and the changed
states atomically, then merges. The result does not depend on how records are cut into batches: `step(a + b)` says
what `step(a)` then `step(b)` say, bit for bit. That is what makes a replay equal to what happened.

A batch runs in slices. In a slice, first every window is brought up to date and photographed at each event and
timer, then all photographs are evaluated in one sweep of numpy, then the decisions are taken in order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np

from stream.core.decider import Judge
from stream.core.decision.transition import dwell_due_ms
from stream.core.encoder import Encoder
from stream.core.evaluation import ROWS_MAX, Row, Slice, evaluate
from stream.core.event import (
    TRAITS_BYTES_MAX,
    Declaration,
    Erasure,
    Event,
    Ignored,
    Record,
    Rejected,
    Scalar,
    traits_bytes,
)
from stream.core.features import kind_code, registry
from stream.core.labels import NO_LABELS, LabelHeads
from stream.core.outcome import Step, Switch
from stream.core.output import Membership, Output, Rejection
from stream.core.policy import Policy
from stream.core.reasons import Reason
from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving
from stream.core.state import PartitionState, Timer, UserState, expiry_ms
from stream.core.stored_vectors import stored_vectors
from stream.core.timeline import Timeline, clock_ms
from stream.core.window import Applied, Window, columns_dtype


def step(
    records: list[Record],
    partition: PartitionState,
    serving: Serving | None,
    encoder: Encoder,
    policy: Policy,
    until_ms: int = 0,
    labels: LabelHeads = NO_LABELS,
) -> Step:
    """Apply `records`, then let time pass to `until_ms` (0: no farther than the records prove)."""
    run = _Run(records, partition, serving, encoder, policy, until_ms, labels)
    for record in records:
        run.apply(record)
    return run.finish()


class _Run:
    """The moving parts of one step."""

    def __init__(
        self,
        records: list[Record],
        partition: PartitionState,
        serving: Serving | None,
        encoder: Encoder,
        policy: Policy,
        until_ms: int,
        labels: LabelHeads,
    ) -> None:
        self.partition, self.serving, self.policy, self.labels = partition, serving, policy, labels
        self.dtype = columns_dtype(encoder.dimension)
        self.features = registry(policy)
        self.timeline = Timeline(partition, records, policy, until_ms)
        self.vectors = stored_vectors(records, partition, self.timeline.left(), encoder)
        self.users: dict[str, UserState] = {}
        self.erased: dict[str, int] = {}
        self.outputs: list[Output] = []
        self.counts: Counter[str] = Counter()
        self.slice = self._new_slice()
        if serving is not None:
            serving.check(encoder.version, tuple(self.features))
        self.judge = Judge(encoder.version, policy, labels)
        self.offset = records[-1].offset if records else partition.offset

    def apply(self, record: Record) -> None:
        """Let time come to the record, then bring it into the windows."""
        self._advance(clock_ms(record, self.policy))
        match record.content:
            case Event() as event:
                self._apply_event(event, record.offset)
            case Declaration(user=name, traits=traits):
                self._declare(name, traits, record.offset)
            case Erasure(user=name):
                self._erase(name)
            case Rejected(reason, detail):
                self._reject(record.offset, reason, detail)
            case Ignored():  # pragma: no branch (there is no other content)
                self.counts["ignored"] += 1

    def finish(self) -> Step:
        """Let the remaining time pass and hand over."""
        self._advance(self.timeline.end_ms)
        self._flush()
        version = self.serving.model.version if self.serving else 0
        switched = version != self.partition.model_version
        return Step(
            users=self.users,
            erased=self.erased,
            outputs=self.outputs,
            counts=self.counts,
            timers=self.timeline.left(),
            now_ms=self.timeline.now_ms,
            offset=self.offset,
            model_version=version,
            switch=Switch(version, self.partition.offset) if switched else None,
        )

    def _declare(self, name: str, traits: Mapping[str, Scalar], offset: int) -> None:
        self._flush()  # rows looked at before must not see traits declared after
        user = self._draft(name)
        merged = {**user.traits, **traits}
        if (n_bytes := traits_bytes(merged)) > TRAITS_BYTES_MAX:
            together = f"with those declared before: expected at most {TRAITS_BYTES_MAX} bytes, got {n_bytes}"
            self._reject(offset, Reason.TRAITS_TOO_LARGE, together)
            return
        user.traits, user.offset = merged, offset
        self.counts["declarations"] += 1
        if self.judge.is_news(user):
            self._look(name, user)

    def _apply_event(self, event: Event, offset: int) -> None:
        ahead_ms = event.time_ms - self.timeline.now_ms
        if ahead_ms > self.policy.max_ahead_ms:
            self._reject(offset, Reason.TIMESTAMP_AHEAD, f"{ahead_ms} ms after it was received")
            return
        user = self._draft(event.user)
        vector, scale = self.vectors[event.text]
        start_ms = self.timeline.now_ms - self.policy.window_ms
        applied = user.window.insert(event, kind_code(self.policy, event.kind), vector, scale, start_ms)
        self.counts[applied.value] += 1
        user.offset = offset
        if applied is Applied.YES:
            user.n_events += 1
            self._schedule_expiry(event.user, user)
            self._look(event.user, user)

    def _advance(self, now_ms: int) -> None:
        """Let timers fire up to `now_ms`, each at its own time, ending slices where decisions could add timers."""
        now_ms = max(now_ms, self.timeline.now_ms)
        while True:
            due_ms = self.timeline.next_due_ms(now_ms)
            if self.slice.ends_before(now_ms if due_ms is None else max(due_ms, self.timeline.now_ms)):
                self._flush()
            elif due_ms is None:
                break
            else:
                self._fire(self.timeline.pop())
        self.timeline.now_ms = now_ms

    def _fire(self, timer: Timer) -> None:
        known = self.users.get(timer.user) or (
            None if timer.user in self.erased else self.partition.users.get(timer.user)
        )
        if known is None:
            return
        if timer.dwell:
            if dwell_due_ms(known.standing, self.policy) == timer.due_ms:
                self._look(timer.user, self._draft(timer.user), dwell_due_ms=timer.due_ms)
        elif known.expiry_ms == timer.due_ms:
            user = self._draft(timer.user)
            user.expiry_ms = 0
            if user.window.expire(self.timeline.now_ms - self.policy.window_ms):
                self._look(timer.user, user)
            self._schedule_expiry(timer.user, user)

    def _look(self, name: str, user: UserState, dwell_due_ms: int | None = None) -> None:
        self.slice.add(Row(name, user, self.timeline.now_ms, user.window.items.copy(), dwell_due_ms), self.policy)

    def _flush(self) -> None:
        """Evaluate the slice's rows together and decide them in order."""
        if not self.slice.rows:
            return
        windows, rows = self.slice.windows(), self.slice.rows
        evaluated = evaluate(windows, self.features, self._models(rows), self.policy, self.labels)
        outputs, timers = self.judge.judge(rows, windows, evaluated)
        self.outputs += outputs
        for timer in timers:
            self.timeline.add(timer)
        self.slice = self._new_slice()

    def _models(self, rows: list[Row]) -> list[SegmentModel]:
        """The model that decides each row; none without any."""
        if self.serving is None:
            return []
        if self.serving.former_at(rows[0].now_ms) is None:
            return [self.serving.model] * len(rows)
        return [self.serving.model_for(row.name, row.now_ms) for row in rows]

    def _new_slice(self) -> Slice:
        return Slice(np.empty((ROWS_MAX, self.policy.window_items), self.dtype))

    def _draft(self, name: str) -> UserState:
        user = self.users.get(name)
        if user is None:
            known = None if name in self.erased else self.partition.users.get(name)
            user = known.copy() if known else UserState(Window(self.policy.window_items, self.dtype))
            if known and name in self.partition.foreign:
                user.window.encode_again(self.vectors)
            self.users[name] = user
        return user

    def _schedule_expiry(self, name: str, user: UserState) -> None:
        due_ms = expiry_ms(user.window, self.policy)
        if due_ms and (user.expiry_ms == 0 or due_ms < user.expiry_ms):
            user.expiry_ms = due_ms
            self.timeline.add(Timer(due_ms, name, dwell=False))

    def _erase(self, name: str) -> None:
        self._flush()
        self.counts["erased"] += 1
        self.users.pop(name, None)
        known = self.partition.users.get(name)
        self.erased[name] = known.window.slots | known.window.unsaved if known else 0
        self.outputs.append(Membership(name, None))

    def _reject(self, offset: int, reason: Reason, detail: str) -> None:
        self._flush()  # what earlier records lead to is said before
        self.counts["rejected"] += 1
        self.outputs.append(Rejection(offset, reason, detail))
