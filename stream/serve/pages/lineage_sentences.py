"""Events in a segment's life as sentences: a size that halves is told as a split."""

from __future__ import annotations

from collections.abc import Mapping

from stream.core.sentence.shown_text import listed
from stream.training.values.lineage import LineageEvent
from stream.web.figures import percent
from stream.wire.lineage import PromotionLineage


def lineage_sentence(event: PromotionLineage, names: Mapping[str, str]) -> str:
    """Return the event as a sentence; `names` are of segments, and an id without a name stands for itself."""

    def named(segment: str) -> str:
        return names.get(segment) or segment

    def shares(segments: tuple[str, ...]) -> str:
        pairs = zip(segments, event.fractions, strict=False)
        return listed([f"{percent(part, 0)} {_whither(segment, named(segment), event)}" for segment, part in pairs])

    name = named(event.segment)
    match event.event:
        case LineageEvent.BORN:
            came = listed([named(segment) for segment in event.parents])
            return f"{name} was born{f', mostly of users from {came}' if came else ''}."
        case LineageEvent.SPLIT:
            return f"{name} was split: of its users {shares(event.children)}. It is smaller because it was divided."
        case LineageEvent.MERGED:
            return f"{name} took in {listed([named(s) for s in event.parents if s != event.segment])}."
        case LineageEvent.RETIRED:
            went = shares(event.children)
            return f"{name} was retired{f': of its users {went}' if went else ''}."
        case LineageEvent.SURVIVED:
            return f"{name} kept its id with a new encoder."


def _whither(segment: str, name: str, event: PromotionLineage) -> str:
    return "stayed" if segment == event.segment else f"are now in {name}"
