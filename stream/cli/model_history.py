"""The segment models that are kept, and what became of each, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from stream.cli.columns import NOTHING, columns, minute, percent
from stream.kafka.connection import Connection
from stream.kafka.reader import reading
from stream.kafka.trainer_client import read_decision
from stream.training.values.promotion import Status
from stream.wire.promotions import SegmentPromotion
from stream.wire.published_models import PublishedModels
from stream.wire.topics import SEGMENT_MODEL, SEGMENT_PROMOTIONS

SERVING, UNREADABLE, ROLLED_BACK_FROM = "serving", "unreadable", "rolled back"
_STATUSES = {
    Status.PROPOSED: "shadow",
    Status.HELD: "held",
    Status.DROPPED: "dropped",
    Status.PROMOTED: "former",
    Status.ROLLED_BACK: "former",
}
_HEADINGS = ("version", "made (UTC)", "segments", "J", "status", "moved", "kept", "reason")


class ModelRow(msgspec.Struct, frozen=True):
    """A segment model and the last that was said of it. `moved` and `kept` are shares of `people` looked at: who would
    leave a segment, and who stays where they are; null where nobody was. `status` "" where no verdict is kept.
    `frozen`: it serves, and no other takes its place by itself, until somebody promotes one."""

    version: int
    made_ms: int
    segments: int
    objective: float
    status: str
    reason: str
    people: int
    moved: float | None
    kept: float | None
    frozen: bool


@dataclass(frozen=True, slots=True)
class History:
    """`segment-model` and `segment-promotions`, read to their ends; verdicts oldest first, without refused commands."""

    published: PublishedModels = field(default_factory=PublishedModels)
    verdicts: list[SegmentPromotion] = field(default_factory=list)

    def rows(self) -> list[ModelRow]:
        """One for each model on the topic, by version."""
        versions = sorted({*self.published.models, *self.published.refused})
        return [self._row(version) for version in versions]

    def verdict_on_step(self, former: int, version: int) -> SegmentPromotion | None:
        """The last verdict on exactly these two that looked at people, or else the last on the version that did."""
        found = [v for v in self._of(version) if v.n_sampled]
        return next((v for v in reversed(found) if v.previous_model == former), found[-1] if found else None)

    def _all(self) -> list[SegmentPromotion]:
        """All verdicts; if it has expired, the one on what serves as the last: it stays beside the models."""
        serves = self.published.decision
        return [*self.verdicts, *([serves] if serves and serves not in self.verdicts else [])]

    def _of(self, version: int) -> list[SegmentPromotion]:
        return [v for v in self._all() if v.segment_model == version]

    def _row(self, version: int) -> ModelRow:
        model = self.published.models.get(version)
        looked = [v for v in self._of(version) if v.n_sampled]
        status, reason = self._status(version)
        return ModelRow(
            version=version,
            made_ms=model.made_ms if model else 0,
            segments=len(model.ids) if model else 0,
            objective=model.objective if model else 0.0,
            status=status,
            reason=reason,
            people=looked[-1].n_sampled if looked else 0,
            moved=looked[-1].share_moved if looked else None,
            kept=1 - looked[-1].share_moved - looked[-1].share_entered if looked else None,
            frozen=status == SERVING
            and self.published.decision is not None
            and self.published.decision.auto_promotion_paused,
        )

    def _status(self, version: int) -> tuple[str, str]:
        if version in self.published.refused:
            return UNREADABLE, self.published.refused[version]
        verdicts, serving = self._of(version), self.published.serving
        reason = verdicts[-1].reason if verdicts else ""
        if serving and serving.model.version == version:
            return SERVING, reason
        if back := self._back_from(version):
            return ROLLED_BACK_FROM, back.reason
        return (_STATUSES[verdicts[-1].status], reason) if verdicts else ("", "")

    def _back_from(self, version: int) -> SegmentPromotion | None:
        """The rollback that ended its serving, if nothing was said of it since."""
        for decision in reversed(self._all()):
            if decision.segment_model == version:
                return None
            if decision.status is Status.ROLLED_BACK and decision.previous_model == version:
                return decision
        return None


def read_history(connection: Connection) -> History:
    """What the two topics say now. Raises TopicsError."""
    history = History()
    with reading(connection, SEGMENT_PROMOTIONS) as reader:  # first, so that each model a verdict names is there
        history.verdicts.extend(without_refusals([v for v in map(read_decision, reader.to_end()) if v]))
    with reading(connection, SEGMENT_MODEL) as reader:
        for read in reader.to_end():
            history.published.take(read.key, read.value)
    return history


def without_refusals(verdicts: Sequence[SegmentPromotion]) -> list[SegmentPromotion]:
    """The verdicts that say something of a model; a refused command's names one, but only says no."""
    return [decision for decision in verdicts if decision.status is not Status.REFUSED]


def frozen_note(rows: Sequence[ModelRow]) -> str:
    """The sentence that tells people of a rollback that still holds, "" for none."""
    frozen = [row.version for row in rows if row.frozen]
    if not frozen:
        return ""
    return (
        f"since a rollback no model comes to serve by itself; `segue models promote {frozen[0]}` lets the one that "
        "serves go on from there, to promote another one ends it too"
    )


def model_table(rows: Sequence[ModelRow]) -> str:
    """The rows as aligned text under their headings."""
    cells = [
        (
            str(row.version),
            minute(row.made_ms),
            str(row.segments) if row.status != UNREADABLE else NOTHING,
            f"{row.objective:.4g}" if row.status != UNREADABLE else NOTHING,
            row.status or NOTHING,
            NOTHING if row.moved is None else percent(row.moved),
            NOTHING if row.kept is None else percent(row.kept),
            row.reason,
        )
        for row in rows
    ]
    return columns([_HEADINGS, *cells], right={0, 2, 3, 5, 6})
