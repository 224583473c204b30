"""From rows of the kernel to the outputs of a step, in order: changes, memberships, profiles, samples, rejections."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import string_at

import numpy as np

from stream.core.assignment import Assignment
from stream.core.batch import Batch
from stream.core.change import certainty, required_for, segment_name
from stream.core.evaluated import Evaluated
from stream.core.evidence import MovedItem, Shares, explain_move
from stream.core.kernel.binding import copied
from stream.core.kernel.blocks import Block, Head, read_block, read_head, read_strings
from stream.core.kernel.layout import NEW_TEXT, NONE, Flag
from stream.core.labels import LabelHeads, Prediction, Predictions
from stream.core.output import Change, Evidence, Membership, Output, Profile, Quality, Rejection, Sample
from stream.core.output_rows import OutputRow
from stream.core.partition import PartitionState
from stream.core.policy import Policy
from stream.core.reasons import Reason
from stream.core.records import Records
from stream.core.reserved import PENDING
from stream.core.segment_model import SegmentModel
from stream.core.soft_membership import soft_membership
from stream.core.state import StoredItem
from stream.core.traits_bytes import read_traits
from stream.core.transition import MembershipState, Rule

_RULES = (
    Rule.ENTERED,
    Rule.RETURNED,
    Rule.MARGIN_AND_DWELL,
    Rule.UNKNOWN,
    Rule.KNOWN,
    Rule.RETIRED,
    Rule.INACTIVE,
    Rule.PINNED,
    Rule.UNPINNED,
)
_NOT_A_SAMPLE = ~(Flag.SAMPLE | Flag.EVALUATED)


class OutputReader:
    """A reader of one step's outputs. `models` are the deciding one and, during a ramp, the previous one."""

    def __init__(
        self,
        records: Records,
        batch: Batch,
        partition: PartitionState,
        models: list[SegmentModel],
        features: tuple[str, ...],
        policy: Policy,
        labels: LabelHeads,
    ) -> None:
        self._records, self._batch, self._partition, self._models = records, batch, partition, models
        self._features, self._policy, self._labels = features, policy, labels
        self._texts: dict[int, str] = {}
        self._kinds: dict[int, str] = {}

    def outputs(self, row: OutputRow) -> Iterator[Output]:
        """Yield the outputs of a row, in order."""
        flags = row.flags
        if flags & (Flag.REFUSED | Flag.AHEAD):
            yield self._rejection(row)
            return
        user = string_at(row.name, row.n_name).decode()
        if flags & Flag.FORGOTTEN:
            yield Membership(user, None)
            return
        if flags & _NOT_A_SAMPLE == 0:  # by far the most outputs
            yield self._sample(user, row, read_head(row.user))
            return
        block = read_block(row.user)
        model = self._model(row)
        if flags & Flag.CHANGE:
            yield self._change(user, row, block, model)
        if flags & Flag.MEMBERSHIP:
            yield self._membership(user, row, block, model)
        if flags & Flag.PROFILE:
            yield self._profile(user, row, block, model)
        if flags & Flag.SAMPLE:
            yield self._sample(user, row, block.head)

    def evaluated(self, row: OutputRow, change: Change | None) -> Evaluated:
        """Return the evaluation of a row, for observers."""
        block, model = read_block(row.user), self._model(row)
        after, string = self._partition.membership_of(block), self._partition.symbols.string
        before = MembershipState(
            segment=string(row.from_segment) or "",
            since_ms=row.since_before_ms,
            candidate=string(row.candidate_before),
            candidate_since_ms=row.candidate_since_before_ms,
            sequence=after.sequence - (change is not None),
            pinned_by=string(row.pinned_before) or "",
        )
        explicit, semantic = self._profile_of(row)
        width = len(self._features) + self._partition.dimension
        return Evaluated(
            user=block.name.decode(),
            now_ms=row.now_ms,
            is_dwell_end=row.due_ms != NONE,
            items=tuple(self._stored(block, at) for at in range(len(block.items))),
            explicit=explicit,
            semantic=semantic,
            mass=row.mass,
            scaled=copied(row.scaled, width, np.float32) if row.scaled else None,
            model=model,
            assignment=self._assignment(row, model),
            before=before,
            after=after,
            change=change,
        )

    def _model(self, row: OutputRow) -> SegmentModel | None:
        return None if row.model == NONE else self._models[row.model]

    def _rejection(self, row: OutputRow) -> Rejection:
        offset = int(self._records.offsets[row.record])
        if row.flags & Flag.AHEAD:
            return Rejection(offset, Reason.TIMESTAMP_AHEAD, f"{row.ahead_ms} ms after it was received")
        rejected = self._batch.rejected[row.record]
        return Rejection(offset, rejected.reason, rejected.detail)

    def _change(self, user: str, row: OutputRow, block: Block, model: SegmentModel | None) -> Change:
        head, rule = block.head, _RULES[row.rule]
        from_segment, to_segment = self._segment(row.from_segment), self._segment(head.segment)
        is_pinned = rule is Rule.PINNED
        need = required_for(rule, from_segment, to_segment, self._policy)
        items = self._items(block)
        return Change(
            user=user,
            sequence=head.sequence,
            from_segment=from_segment,
            to_segment=to_segment,
            from_name=segment_name(from_segment, model),
            to_name=segment_name(to_segment, model),
            rule=rule,
            certainty=None if is_pinned else certainty(self._assignment(row, model), from_segment, model),
            margin_required=need.margin,
            dwell_ms=row.led_ms,
            dwell_required_ms=need.dwell_ms,
            evidence=Evidence() if is_pinned else self._evidence(row, items, model),
            n_items=len(items),
            event_time_ms=items[-1].time_ms if items else None,
            decision_time_ms=row.now_ms,
            segment_model=model.version if model else 0,
            encoder=self._partition.encoder,
            quality=Quality.FULL if any(item.text for item in items) else Quality.EXPLICIT_ONLY,
            pinned_by=self._partition.symbols.string(head.pinned_by) or "" if is_pinned else "",
            traceparent=block.trace.decode(),
        )

    def _evidence(self, row: OutputRow, items: list[MovedItem], model: SegmentModel | None) -> Evidence:
        if model is None or not items or not row.shares:
            return Evidence()
        n = len(self._features)
        shares = Shares(
            copied(row.shares, n, np.float64),
            row.semantic_share,
            copied(row.item_shares, len(items), np.float64),
            copied(row.move, n, np.float32),
        )
        return explain_move(items, copied(row.explicit, n, np.float64), shares, model, self._policy)

    def _membership(self, user: str, row: OutputRow, block: Block, model: SegmentModel | None) -> Membership:
        assignment, segment = self._assignment(row, model), self._segment(block.head.segment)
        return Membership(
            user=user,
            segment=segment,
            name=segment_name(segment, model),
            since_ms=block.head.since_ms,
            sequence=block.head.sequence,
            segment_model=model.version if model else 0,
            encoder=self._partition.encoder,
            traits=read_traits(block.traits) or None,
            predicted=self._predictions(row) or None,
            label_heads=self._labels.version,
            soft_membership=soft_membership(assignment, model) if assignment is not None and model else (),
        )

    def _predictions(self, row: OutputRow) -> Predictions:
        if not row.predicted:
            return {}
        n, string = len(self._labels.heads), self._partition.symbols.string
        values = copied(row.predicted, n, np.int32).tolist()
        chances = copied(row.probabilities, n, np.float64).tolist()
        rows = zip(self._labels.heads, values, chances, strict=True)
        return {head.name: Prediction(string(value), chance) for head, value, chance in rows}

    def _profile(self, user: str, row: OutputRow, block: Block, model: SegmentModel | None) -> Profile:
        explicit, semantic = self._profile_of(row)
        return Profile(
            user=user,
            time_ms=row.now_ms,
            n_items=block.head.n_items,
            mass=row.mass,
            explicit=dict(zip(self._features, explicit.tolist(), strict=True)),
            semantic=semantic,
            segment=self._segment(block.head.segment),
            segment_model=model.version if model else 0,
            encoder=self._partition.encoder,
        )

    def _sample(self, user: str, row: OutputRow, head: Head) -> Sample:
        explicit, semantic = self._profile_of(row)
        segment = self._segment(head.segment)
        return Sample(
            user=user,
            time_ms=row.now_ms,
            explicit=explicit,
            semantic=semantic,
            mass=row.mass,
            contrast=copied(row.contrast, self._partition.dimension, np.float32),
            texts=read_strings(row.texts, row.n_texts),
            encoder=self._partition.encoder,
            segment="" if segment == PENDING else segment,
        )

    def _profile_of(self, row: OutputRow):  # type: ignore[no-untyped-def]
        n, d = len(self._features), self._partition.dimension
        if not row.explicit:
            return np.zeros(n), np.zeros(d, np.float32)
        return copied(row.explicit, n, np.float64), copied(row.semantic, d, np.float32)

    def _assignment(self, row: OutputRow, model: SegmentModel | None) -> Assignment | None:
        if model is None or not row.distances:
            return None
        return Assignment(copied(row.distances, len(model.ids), np.float32).tolist(), row.nearest, row.runner_up)

    def _segment(self, number: int) -> str:
        return self._partition.symbols.strings[number]

    def _items(self, block: Block) -> list[MovedItem]:
        return [
            MovedItem(event_id.decode(), self._kind(item.kind), self._text(item.text), item.time_ms)
            for item, event_id in zip(block.items, block.ids, strict=True)
        ]

    def _stored(self, block: Block, at: int) -> StoredItem:
        item, width = block.items[at], self._partition.width
        if item.text & NEW_TEXT:
            place = item.text & ~NEW_TEXT
            vectors, scales = self._batch.kept[-1]["vectors"], self._batch.kept[-1]["scales"]
            scale, vector = float(scales[place]), vectors[place].tobytes()
        else:
            text = self._partition.text(item.text)
            scale, vector = text.scale, text.vector[:width]
        return StoredItem(
            id=block.ids[at].decode(),
            kind=self._kind(item.kind),
            text=self._text(item.text),
            time_ms=item.time_ms,
            amount=item.amount,
            scale=scale,
            vector=vector[: self._partition.dimension],
            slot=item.slot,
            encoder=self._partition.encoder,
        )

    def _text(self, number: int) -> str:
        text = self._texts.get(number)
        if text is None:
            is_new = number & NEW_TEXT
            text = self._batch.texts[number & ~NEW_TEXT] if is_new else self._partition.string(number)
            self._texts[number] = text
        return text

    def _kind(self, number: int) -> str:
        kind = self._kinds.get(number)
        if kind is None:
            is_new = number & NEW_TEXT
            kind = self._batch.kinds[number & ~NEW_TEXT] if is_new else self._partition.string(number, is_kind=True)
            self._kinds[number] = kind
        return kind
