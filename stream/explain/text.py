"""An explanation as text for a terminal: at most 98 columns, no colour, one fact a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from stream.core.sentence.shown_text import shown
from stream.core.sentence.visible_text import visible
from stream.explain.explanation import Basis, Explanation, Present, WhatIfKind
from stream.explain.snapshot import EvaluationPoint, FeatureValue, Snapshot, WindowItem
from stream.explain.times import count, minute

_WIDTH = 98
_BAR = 10
_NAME, _TEXT = 34, 44
_EVALUATIONS = 12
_ITEMS = 40
_DIFFERENCES = 12
_BASES = {
    Basis.LOG: "decided again from the log: equal to the published change in every field",
    Basis.PREVIOUS_CHANGE: "decided again from the change before and the log since: equal in every field",
    Basis.WINDOW: "decided again from the window, with the published segment before and dwell: equal in every field",
}


def text_of(explanation: Explanation) -> str:
    """Return the explanation as lines of text; unprintable characters of users' texts are escapes."""
    return "\n".join(visible(line).rstrip() for line in _lines(explanation)) + "\n"


def _lines(explanation: Explanation) -> Iterator[str]:
    change = explanation.change or explanation.recomputed
    user = shown(explanation.user, 60)
    if change is None:
        yield f"user {user}: {'no change to show' if explanation.sequence else 'no change yet'}"
        yield from _bullets(missing.sentence for missing in explanation.missing)
        if explanation.present is None:
            yield from _bullets(explanation.sentences)
    else:
        yield f"user {user}, change {explanation.sequence}, segment model {change.segment_model}"
        yield from _bullets(explanation.sentences)
        yield ""
        yield from _equality(explanation)
    if explanation.after is not None:
        yield from _distances(explanation.before, explanation.after)
        yield from _window(explanation.after)
        yield from _features(explanation.after)
    yield from _timeline(explanation.timeline)
    if explanation.outlook is not None:
        ways = [way.sentence for way in explanation.outlook.ways if way.kind is not WhatIfKind.WITHOUT_ITEMS]
        yield from _section("What would have changed it next (found by evaluating)", _bullets(ways))
    if explanation.present is not None:
        yield from _present(explanation.present)


def _equality(explanation: Explanation) -> Iterator[str]:
    if explanation.equal:
        yield _BASES[explanation.basis]
        return
    yield "NOT decided again equal to the published change:"
    yield from _bullets(missing.sentence for missing in explanation.missing)
    for each in explanation.differences[:_DIFFERENCES]:
        yield f"    {each.field}: published {shown(each.published, 30)}, here {shown(each.recomputed, 30)}"
    if explanation.differences[_DIFFERENCES:]:
        yield f"    and {count(len(explanation.differences) - _DIFFERENCES, 'other field')} (--json)"


def _distances(before: Snapshot | None, after: Snapshot) -> Iterator[str]:
    if not after.distances:
        return
    was = {each.segment.id: each.distance for each in before.distances} if before else {}
    yield from ("", f"{'Distances to the nearest segments':<46}{'before':>8}{'then':>8}{'threshold':>11}")
    farthest = max(each.distance for each in after.distances)
    for each in after.distances:
        former = f"{was[each.segment.id]:.3f}" if each.segment.id in was else "–"
        name = f"{each.segment.id:<8} {shown(each.segment.name, _NAME)}"
        numbers = f"{former:>8}{each.distance:>8.3f}{each.threshold:>11.3f}"
        yield f"  {name:<44}{numbers}  {_bar(each.distance, farthest)}"


def _window(after: Snapshot) -> Iterator[str]:
    if not after.items:
        return
    left_out = len(after.items) - _ITEMS
    more = f", the newest {_ITEMS}" if left_out > 0 else ""
    yield from ("", f"Window: {count(len(after.items), 'item')}{more}")
    yield f"  {'time':<17} {'weight':<17} {'pull':>5}  {'kind':<9} text"
    for item in after.items[-_ITEMS:][::-1]:
        yield _item(item)


def _item(item: WindowItem) -> str:
    what = shown(item.text, _TEXT) if item.text else f"(no text) {shown(item.id, 30)}"
    weight = f"{item.weight:.2f} {_bar(item.weight, 1.0)}"
    return f"  {minute(item.time_ms):<17} {weight:<17} {item.pull:>+5.0%}  {shown(item.kind, 9):<9} {what}"


def _features(after: Snapshot) -> Iterator[str]:
    found = sorted(after.features, key=lambda each: -abs(each.contribution))
    if not any(each.contribution for each in found):
        return
    yield from ("", f"{'Explicit features':<24}{'value':>10}{'deviations':>12}{'part':>7}  in words")
    yield from map(_feature, found)
    yield f"  {'all texts together':<44}{after.semantic_contribution:>+7.0%}"


def _feature(each: FeatureValue) -> str:
    numbers = f"{each.value:>10.3g}{each.deviations:>+12.1f}{each.contribution:>+7.0%}"
    return f"  {shown(each.name, 22):<22}{numbers}  {each.words}"


def _timeline(points: Sequence[EvaluationPoint]) -> Iterator[str]:
    if not points:
        return
    n = len(points)
    newest = f", the newest {_EVALUATIONS}" if n > _EVALUATIONS else ""
    yield from ("", f"{count(n, 'evaluation')} since the change before{newest}")
    yield f"  {'time':<17} {'for':<12}{'items':>5}  {'nearest':<28}{'at':>7}{'lead':>7}{'needs':>7}"
    for each in points[-_EVALUATIONS:]:
        name = f"{shown(each.nearest.name, 27):<28}"
        ahead = "  ahead" if each.ahead else ""
        numbers = f"{each.distance:>7.3f}{each.lead:>+7.0%}{each.lead_required:>7.0%}{ahead}"
        yield f"  {minute(each.time_ms):<17} {each.cause.replace('_', ' '):<12}{each.n_items:>5}  {name}{numbers}"


def _present(present: Present) -> Iterator[str]:
    lines = list(_bullets(present.sentences))
    if present.outlook is not None:
        lines += _bullets(way.sentence for way in present.outlook.ways)
    yield from _section(f"Now ({minute(present.time_ms)} on the stream's clock)", lines)


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield from ("", title, *found)


def _bullets(sentences: Iterable[str]) -> Iterator[str]:
    for sentence in sentences:
        yield from wrap(sentence, _WIDTH, initial_indent="  * ", subsequent_indent="    ")


def _bar(value: float, whole: float) -> str:
    return "█" * round(_BAR * max(0.0, min(value / whole, 1.0))) if whole > 0 else ""
