"""The kept segment models and the decisions on each, as rows and as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from stream.cli.columns import NOTHING, columns, minute, percent
from stream.cli.odd_records import OddRecords, readable
from stream.kafka.connection import Connection
from stream.kafka.reader import reading
from stream.kafka.trainer_client import read_decision
from stream.training.values.promotion import Status
from stream.wire.promotions import SegmentPromotion
from stream.wire.published_models import PublishedModels
from stream.wire.topics import SEGMENT_MODEL, SEGMENT_PROMOTIONS


class ModelStatus(StrEnum):
    """A kept model's place in the rollout."""

    SERVING = "serving"
    PREVIOUS = "previous"  # served before, and can serve again
    ROLLED_BACK = "rolled back"  # served until a rollback
    SHADOW = "shadow"
    HELD = "held"
    DROPPED = "dropped"
    UNREADABLE = "unreadable"
    UNDECIDED = ""  # no decision on it is kept


_STATUSES = {
    Status.PROPOSED: ModelStatus.SHADOW,
    Status.HELD: ModelStatus.HELD,
    Status.DROPPED: ModelStatus.DROPPED,
    Status.PROMOTED: ModelStatus.PREVIOUS,
    Status.ROLLED_BACK: ModelStatus.PREVIOUS,
}
_HEADINGS = ("model", "made (UTC)", "segments", "J", "status", "moved", "kept", "reason")


class ModelRow(msgspec.Struct, frozen=True):
    """A segment model and the last decision about the model.

    `share_moved` and `share_kept` are shares of the `n_sampled` users leaving, and keeping, a segment with this
    model; null without sampled users. `auto_promotion_paused` is true for a serving model after a rollback, until an
    operator promotes a model.
    """

    segment_model: int
    made_ms: int
    n_segments: int
    objective: float
    status: ModelStatus
    reason: str
    n_sampled: int
    share_moved: float | None
    share_kept: float | None
    auto_promotion_paused: bool


@dataclass(frozen=True, slots=True)
class History:
    """Contents of `segment-model` and `segment-promotions`; decisions oldest first, without refused commands."""

    published: PublishedModels = field(default_factory=PublishedModels)
    decisions: list[SegmentPromotion] = field(default_factory=list)

    def rows(self) -> list[ModelRow]:
        """Return one row for each model on the topic, by version."""
        versions = sorted({*self.published.models, *self.published.refused})
        return [self._row(version) for version in versions]

    def decision_on_step(self, previous: int, version: int) -> SegmentPromotion | None:
        """Return the last decision on the step from `previous` to `version` for which users were sampled.

        Without one, return the last such decision on `version`, or None.
        """
        found = [decision for decision in self._of(version) if decision.n_sampled]
        of_step = [decision for decision in found if decision.previous_model == previous]
        candidates = of_step or found
        return candidates[-1] if candidates else None

    def _all(self) -> list[SegmentPromotion]:
        """Return all decisions; the last is on the serving model, kept beside the models."""
        serves = self.published.decision
        return [*self.decisions, *([serves] if serves and serves not in self.decisions else [])]

    def _of(self, version: int) -> list[SegmentPromotion]:
        return [decision for decision in self._all() if decision.segment_model == version]

    def _row(self, version: int) -> ModelRow:
        model = self.published.models.get(version)
        sampled = next((decision for decision in reversed(self._of(version)) if decision.n_sampled), None)
        serves = self.published.decision
        status, reason = self._status(version)
        return ModelRow(
            segment_model=version,
            made_ms=model.made_ms if model else 0,
            n_segments=len(model.ids) if model else 0,
            objective=model.objective if model else 0.0,
            status=status,
            reason=reason,
            n_sampled=sampled.n_sampled if sampled else 0,
            share_moved=sampled.share_moved if sampled else None,
            share_kept=1 - sampled.share_moved - sampled.share_entered if sampled else None,
            auto_promotion_paused=status is ModelStatus.SERVING and bool(serves and serves.auto_promotion_paused),
        )

    def _status(self, version: int) -> tuple[ModelStatus, str]:
        """Return the status of a model and the reason."""
        if version in self.published.refused:
            return ModelStatus.UNREADABLE, self.published.refused[version]
        decisions, serving = self._of(version), self.published.serving
        reason = decisions[-1].reason if decisions else ""
        if serving and serving.model.version == version:
            return ModelStatus.SERVING, reason
        if rollback := self._rollback_from(version):
            return ModelStatus.ROLLED_BACK, rollback.reason
        return (_STATUSES[decisions[-1].status] if decisions else ModelStatus.UNDECIDED), reason

    def _rollback_from(self, version: int) -> SegmentPromotion | None:
        """Return the rollback from the model, unless a later decision is about the same model."""
        for decision in reversed(self._all()):
            if decision.segment_model == version:
                return None
            if decision.status is Status.ROLLED_BACK and decision.previous_model == version:
                return decision
        return None


def read_history(connection: Connection) -> History:
    """Return the contents of both topics. Raises TopicsError."""
    with reading(connection, SEGMENT_PROMOTIONS) as reader:  # first, so that each model a decision names is there
        reads = readable(reader.to_end(), SegmentPromotion)
        decisions = [decision for decision in map(read_decision, reads) if decision]
    history = History(decisions=without_refusals(decisions))
    with reading(connection, SEGMENT_MODEL) as reader:
        odd = OddRecords()
        for read in reader.to_end():
            reason = history.published.take(read.key, read.value)
            if reason and not (read.key or b"").isdigit():  # a damaged model has a row of its own
                odd.add(read, reason)
        odd.tell()
    return history


def without_refusals(decisions: Sequence[SegmentPromotion]) -> list[SegmentPromotion]:
    """Return the decisions without refused commands, which change no model."""
    return [decision for decision in decisions if decision.status is not Status.REFUSED]


def paused_note(rows: Sequence[ModelRow]) -> str:
    """Return the note about a pause of automatic promotion since a rollback, "" without a pause."""
    paused = [row.segment_model for row in rows if row.auto_promotion_paused]
    if not paused:
        return ""
    return (
        f"automatic promotion is paused since a rollback; `segue models promote {paused[0]}`, or the promotion of "
        "another model, resumes it"
    )


def model_table(rows: Sequence[ModelRow]) -> str:
    """Return the rows as aligned text under headings."""
    return columns([_HEADINGS, *map(_cells, rows)], right={0, 2, 3, 5, 6})


def _cells(row: ModelRow) -> tuple[str, ...]:
    is_readable = row.status is not ModelStatus.UNREADABLE
    return (
        str(row.segment_model),
        minute(row.made_ms),
        str(row.n_segments) if is_readable else NOTHING,
        f"{row.objective:.4g}" if is_readable else NOTHING,
        row.status or NOTHING,
        NOTHING if row.share_moved is None else percent(row.share_moved),
        NOTHING if row.share_kept is None else percent(row.share_kept),
        row.reason,
    )
