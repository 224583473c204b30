"""From rows of the kernel to the outputs of a step, in order: changes, memberships, profiles, samples, rejections."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import string_at

from stream.core.batch import Batch
from stream.core.change import certainty, required_for, segment_name
from stream.core.evidence import MovedItem, explain_move
from stream.core.kernel.blocks import Block, read_block
from stream.core.kernel.step_layout import Flag
from stream.core.labels import LabelHeads
from stream.core.output import Change, Evidence, Membership, Output, PackedSample, Profile, Quality, Rejection
from stream.core.output_rows import OutputRow
from stream.core.policy import Policy
from stream.core.reasons import Reason
from stream.core.records import Records
from stream.core.row_reader import RowReader
from stream.core.segment_model import SegmentModel
from stream.core.soft_membership import soft_membership
from stream.core.traits_bytes import read_traits
from stream.core.transition import Rule
from stream.core.window_reader import WindowReader

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
    """A reader of one step's outputs."""

    def __init__(
        self,
        records: Records,
        batch: Batch,
        rows: RowReader,
        windows: WindowReader,
        policy: Policy,
        labels: LabelHeads,
        samples: int,
    ) -> None:
        """Take the columns of the records, and the address of the kernel's `samples`."""
        self._records, self._batch, self._rows, self._windows, self._samples = records, batch, rows, windows, samples
        self._policy, self._labels, self._encoder = policy, labels, rows.partition.encoder

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
            yield self._sample(row)
            return
        block = read_block(row.user)
        model = self._rows.model(row)
        if flags & Flag.CHANGE:
            yield self._change(user, row, block, model)
        if flags & Flag.MEMBERSHIP:
            yield self._membership(user, row, block, model)
        if flags & Flag.PROFILE:
            yield self._profile(user, row, block, model)
        if flags & Flag.SAMPLE:
            yield self._sample(row)

    def _rejection(self, row: OutputRow) -> Rejection:
        offset = int(self._records.offsets[row.record])
        if row.flags & Flag.AHEAD:
            return Rejection(offset, Reason.TIMESTAMP_AHEAD, f"{row.ahead_ms} ms after it was received")
        rejected = self._batch.rejected[row.record]
        return Rejection(offset, rejected.reason, rejected.detail)

    def _change(self, user: str, row: OutputRow, block: Block, model: SegmentModel | None) -> Change:
        head, rule = block.head, _RULES[row.rule]
        from_segment, to_segment = self._rows.segment(row.from_segment), self._rows.segment(head.segment)
        is_pinned = rule is Rule.PINNED
        need = required_for(rule, from_segment, to_segment, self._policy)
        items = self._windows.moved(block)
        return Change(
            user=user,
            sequence=head.sequence,
            from_segment=from_segment,
            to_segment=to_segment,
            from_name=segment_name(from_segment, model),
            to_name=segment_name(to_segment, model),
            rule=rule,
            certainty=None if is_pinned else certainty(self._rows.assignment(row), from_segment, model),
            margin_required=need.margin,
            dwell_ms=row.led_ms,
            dwell_required_ms=need.dwell_ms,
            evidence=Evidence() if is_pinned else self._evidence(row, items, model),
            n_items=len(items),
            event_time_ms=items[-1].time_ms if items else None,
            decision_time_ms=row.now_ms,
            segment_model=model.version if model else 0,
            encoder=self._encoder,
            quality=Quality.FULL if any(item.text for item in items) else Quality.EXPLICIT_ONLY,
            pinned_by=self._rows.segment(head.pinned_by) if is_pinned else "",
            traceparent=block.trace.decode(),
        )

    def _evidence(self, row: OutputRow, items: list[MovedItem], model: SegmentModel | None) -> Evidence:
        shares = self._rows.shares(row, len(items)) if model and items else None
        if model is None or shares is None:
            return Evidence()
        return explain_move(items, self._rows.profile(row)[0], shares, model, self._policy)

    def _membership(self, user: str, row: OutputRow, block: Block, model: SegmentModel | None) -> Membership:
        assignment, segment = self._rows.assignment(row), self._rows.segment(block.head.segment)
        return Membership(
            user=user,
            segment=segment,
            name=segment_name(segment, model),
            since_ms=block.head.since_ms,
            sequence=block.head.sequence,
            segment_model=model.version if model else 0,
            encoder=self._encoder,
            traits=read_traits(block.traits) or None,
            predicted=self._rows.predictions(row, self._labels) or None,
            label_heads=self._labels.version,
            soft_membership=soft_membership(assignment, model) if assignment is not None and model else (),
        )

    def _profile(self, user: str, row: OutputRow, block: Block, model: SegmentModel | None) -> Profile:
        explicit, semantic = self._rows.profile(row)
        return Profile(
            user=user,
            time_ms=row.now_ms,
            n_items=block.head.n_items,
            mass=row.mass,
            explicit=dict(zip(self._rows.features, explicit.tolist(), strict=True)),
            semantic=semantic,
            segment=self._rows.segment(block.head.segment),
            segment_model=model.version if model else 0,
            encoder=self._encoder,
        )

    def _sample(self, row: OutputRow) -> PackedSample:
        return PackedSample(string_at(self._samples + row.sample_at, row.n_sample))
