"""Comparison of two segment models."""

from __future__ import annotations

import msgspec

from stream.cli.columns import NOTHING, columns, minute, percent
from stream.cli.decision import decision_sentence
from stream.core.description import Description
from stream.core.model_difference import SegmentDifference
from stream.core.sentence.visible_text import visible
from stream.training.values.lineage import LineageEvent
from stream.wire.promotions import SegmentPromotion

_HEADINGS = ("", "id", "name", "users", "users now", "share", "share now", "drift")


class ModelComparison(msgspec.Struct, frozen=True):
    """A comparison of two versions, segment by segment.

    `decision` is the last decision on `after` with sampled users, null if none is kept. A decision on this step is
    preferred to one on the step from another `previous_model`.
    """

    before: int
    after: int
    segments: tuple[SegmentDifference, ...]
    decision: SegmentPromotion | None


def comparison_text(comparison: ModelComparison) -> str:
    """Return the born, retired and kept segments, and below the transitions of users to `after`."""
    rows = sorted(map(_row, comparison.segments))
    parts = [
        f"model {comparison.before} → {comparison.after}; a centroid's drift is in parts of its segment's threshold",
        columns([_HEADINGS, *rows], right={3, 4, 5, 6, 7}),
    ]
    if comparison.decision is not None:
        parts += ["", *_against(comparison, comparison.decision)]
        parts += [f"{minute(comparison.decision.time_ms)} {visible(decision_sentence(comparison.decision))}"]
        parts += [_transitions(comparison.decision)] if comparison.decision.transitions else []
        parts += [_lineage(comparison.decision)] if comparison.decision.lineage else []
    return "\n".join(parts)


def _against(comparison: ModelComparison, decision: SegmentPromotion) -> list[str]:
    if decision.previous_model == comparison.before:
        return []
    when = minute(decision.time_ms)
    return [f"transitions as of {when}, from model {decision.previous_model}, which served then:"]


def _row(segment: SegmentDifference) -> tuple[str, ...]:
    before, after, moved = segment.before, segment.after, segment.moved
    return (
        "born" if before is None else "retired" if after is None else "kept",
        segment.segment,
        _name(before, after),
        str(before.n_users) if before else NOTHING,
        str(after.n_users) if after else NOTHING,
        percent(before.share) if before else NOTHING,
        percent(after.share) if after else NOTHING,
        NOTHING if moved is None else f"{moved:.2f}",
    )


def _name(before: Description | None, after: Description | None) -> str:
    names = [described.name for described in (before, after) if described]
    return " → ".join(dict.fromkeys(names))


def _transitions(decision: SegmentPromotion) -> str:
    rows = [(t.from_segment, "→", t.to_segment, f"{t.n_users:,}", percent(t.share)) for t in decision.transitions]
    return columns([("from", "", "to", "users", "share"), *rows], right={3, 4})


def _lineage(decision: SegmentPromotion) -> str:
    rows = [
        (e.event, e.segment, _ends(e.parents, e.children))
        for e in decision.lineage
        if e.event is not LineageEvent.SURVIVED
    ]
    return columns(rows)


def _ends(parents: tuple[str, ...], children: tuple[str, ...]) -> str:
    came = f"from {', '.join(parents)}" if parents else ""
    went = f"to {', '.join(children)}" if children else ""
    return " ".join(part for part in (came, went) if part)
