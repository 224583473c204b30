"""The explanation of a change in sentences."""

from __future__ import annotations

from stream.core.reserved import INACTIVE, PENDING, UNKNOWN
from stream.core.sentence.shown_text import listed, shown
from stream.core.transition import Rule
from stream.explain.explanation import Outlook, WhatIfKind
from stream.explain.snapshot import EvaluationPoint, Snapshot
from stream.explain.times import count, minute, span
from stream.wire.changes import ChangeCertainty, SegmentChange

_TEXT_CHARS = 40
_TOP = 3
_WORTH = 0.05  # of the difference: a smaller part is not worth a word


def sentences(
    change: SegmentChange, after: Snapshot | None, timeline: tuple[EvaluationPoint, ...], outlook: Outlook | None
) -> tuple[str, ...]:
    """Return the change in sentences: what, how clear, for how long, and by which items and features."""
    found = [f"{minute(change.decision_time_ms)}: {change.summary}"]
    if change.certainty is not None:
        found.append(_clearness(change, change.certainty))
    if dwell := _dwell(change, timeline):
        found.append(dwell)
    if after is not None and after.items:
        found.append(_window(after))
        if change.certainty is not None:
            found += _parts(after)
    if outlook is not None:
        found += [f"{each.sentence}" for each in outlook.ways if each.kind is WhatIfKind.WITHOUT_ITEMS]
    return tuple(found)


def _clearness(change: SegmentChange, certainty: ChangeCertainty) -> str:
    nearest = f"{certainty.nearest.name} is nearest at {certainty.distance:.3f}"
    if change.to.id == UNKNOWN:
        return f"{nearest}, beyond its threshold of {certainty.threshold:.3f}: no segment fits"
    nearest += f" (threshold {certainty.threshold:.3f})"
    runner_up = f"; {certainty.runner_up.name} is second at {certainty.runner_up_distance:.3f}"
    if certainty.from_distance is None:
        return f"{nearest}{runner_up}"
    lead = 1 - certainty.distance / certainty.from_distance if certainty.from_distance > 0 else 0.0
    need = change.hysteresis.margin_required
    left = f"; {change.from_.name} was at {certainty.from_distance:.3f}, so {lead:.0%} nearer ({need:.0%} required)"
    return nearest + left + ("" if certainty.runner_up == change.from_ else runner_up)


def _dwell(change: SegmentChange, timeline: tuple[EvaluationPoint, ...]) -> str:
    need_ms, had_ms = change.hysteresis.dwell_required_ms, change.hysteresis.dwell_ms
    if (
        change.from_.id in (PENDING, INACTIVE)
        or change.to.id == INACTIVE
        or change.rule in (Rule.PINNED, Rule.UNPINNED)
    ):
        return ""
    n_ahead = sum(point.ahead for point in timeline)
    n = f" in {count(n_ahead, 'evaluation')}" if n_ahead else ""
    return f"it was ahead for {span(had_ms)}{n} ({span(need_ms)} required)"


def _window(after: Snapshot) -> str:
    first_ms, last_ms = after.items[0].time_ms, after.items[-1].time_ms
    over = f" over {span(last_ms - first_ms)}" if last_ms > first_ms else ""
    return f"the window held {count(len(after.items), 'item')}{over}, as good as {after.mass:.1f} of equal weight"


def _parts(after: Snapshot) -> list[str]:
    """Return the texts and the features that pulled most, and those that pulled the other way."""
    share = f"{after.semantic_contribution:.0%}"
    found = ["the texts made the whole difference" if share == "100%" else f"texts are {share} of the difference"]
    by_text: dict[str, float] = {}
    for item in after.items:
        by_text[item.text] = by_text.get(item.text, 0.0) + item.pull
    for title, sign in (("for it", 1), ("against it", -1)):
        texts = sorted((t for t in by_text if t and sign * by_text[t] > _WORTH), key=lambda t: -sign * by_text[t])[
            :_TOP
        ]
        features = [f for f in after.features if sign * f.contribution > _WORTH]
        features = sorted(features, key=lambda f: -sign * f.contribution)[:_TOP]
        named = [f"“{shown(text, _TEXT_CHARS)}”" for text in texts]
        named += [f"{feature.words or feature.name} ({feature.contribution:+.0%})" for feature in features]
        if named:
            found.append(f"{title}: {listed(named)}")
    return found
