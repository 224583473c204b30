"""What people read about a segment, from those of its members that are remembered.

Ids are not made here. A name may change; one given by hand stays, and another as long as the words in it are still
among the segment's top terms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stream.core.arrays import Floats
from stream.core.segment_model import Description, SegmentModel
from stream.training.describe.terms import mentions, top_terms

_N_TERMS = 10
_N_NAME_TERMS = 3
_N_FEATURES = 3
_WORTH_NAMING = 0.5  # standard deviations from the population before a feature may stand in a name


@dataclass(frozen=True, slots=True)
class Portrait:
    """What a description is made of: `size` people, `distances (m,)` of those remembered to the centroid, and
    `deviations (n_features,)` of the members' mean explicit features, in standard deviations from the population.
    `name` was last published, `given` was set by hand ("" for none)."""

    id: str
    name: str
    given: str
    size: float
    distances: Floats
    deviations: Floats
    mentions: dict[str, float]


def segment_stats(
    segment: str,
    name: str,
    given: str,
    weights: Floats,
    distances: Floats,
    deviations: Floats,
    texts: Sequence[tuple[str, ...]],
) -> Portrait:
    """The portrait of members who stand for `weights (m,)` people each, with `deviations (m, n_features)` and texts."""
    size = float(weights.sum())
    mean = (weights[:, None] * deviations).sum(axis=0) / (size or 1.0)
    return Portrait(segment, name, given, size, distances, mean, dict(mentions(texts)))


def describe(portraits: Sequence[Portrait], features: Sequence[str]) -> tuple[Description, ...]:
    """One description for each portrait; no two names hold the same words, but for those given by hand."""
    total = sum(segment_stats.size for segment_stats in portraits) or 1.0
    tops = top_terms([segment_stats.mentions for segment_stats in portraits], _N_TERMS)
    strongest = [_strongest(segment_stats, features) for segment_stats in portraits]
    names = _names(
        [p.given or p.name for p in portraits], [bool(p.given) for p in portraits], tops, strongest, portraits
    )
    return tuple(
        Description(
            name=name,
            terms=top,
            size=round(segment_stats.size),
            share=segment_stats.size / total,
            cohesion=float(np.sqrt(np.square(segment_stats.distances).mean())) if len(segment_stats.distances) else 0.0,
            features=strong,
            edited=bool(segment_stats.given),
        )
        for segment_stats, name, top, strong in zip(portraits, names, tops, strongest, strict=True)
    )


def renamed(model: SegmentModel, segment: str, name: str) -> SegmentModel:
    """The model with a name given by hand; "" calls the segment by its top terms again, or what else no other is."""
    at = model.ids.index(segment)
    described, descriptions = model.descriptions[at], list(model.descriptions)
    expected_segments = {_words(other.name) for other in descriptions if other is not described}
    own = (
        other
        for other in _candidates(described.terms, described.features, segment)
        if _words(other) not in expected_segments
    )
    descriptions[at] = replace(described, name=name or next(own, segment), edited=bool(name))
    return replace(model, descriptions=tuple(descriptions))


def _strongest(segment_stats: Portrait, features: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """The features farthest from the population in the members' mean, with their sign; the farthest first."""
    means = segment_stats.deviations
    order = np.argsort(-np.abs(means), kind="stable")[:_N_FEATURES]
    return tuple((features[i], float(means[i])) for i in order.tolist())


def _names(
    former: Sequence[str],
    given: Sequence[bool],
    tops: Sequence[tuple[str, ...]],
    strongest: Sequence[tuple[tuple[str, float], ...]],
    portraits: Sequence[Portrait],
) -> list[str]:
    names = [n if hand or _holds(n, top) else "" for n, hand, top in zip(former, given, tops, strict=True)]
    expected_segments = {_words(name) for name in names if name}
    for at, name in enumerate(names):
        if not name:
            candidates = _candidates(tops[at], strongest[at], portraits[at].id)
            names[at] = next((name for name in candidates if _words(name) not in expected_segments), portraits[at].id)
            expected_segments.add(_words(names[at]))
    return names


def _holds(name: str, top: tuple[str, ...]) -> bool:
    """Whether a former name still says what the top terms say, and no less than it could."""
    words = _words(name)
    return bool(name) and words <= set(top) and len(words) >= min(_N_NAME_TERMS, len(top))


def _candidates(top: tuple[str, ...], strongest: tuple[tuple[str, float], ...], segment: str) -> Iterator[str]:
    """Names in order of preference; the last is nobody else's. Terms hold neither comma, blank nor bracket."""
    for n in range(min(_N_NAME_TERMS, len(top)), len(top) + 1):
        if n:
            yield ", ".join(top[:n])
    said = ", ".join(top) or ", ".join(
        f"{'high' if z > 0 else 'low'} {feature.replace('_', ' ')}"
        for feature, z in strongest[:2]
        if abs(z) >= _WORTH_NAMING
    )
    if said and not top:
        yield said
    yield f"{said} ({segment})" if said else segment


def _words(name: str) -> frozenset[str]:
    return frozenset(name.split(", "))
