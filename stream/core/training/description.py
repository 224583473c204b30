"""What people read about a segment, from a small memory of its recent members.

Ids are not made here. A name may change; it stays while the words in it are still among the segment's top terms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from stream.core.features import Floats
from stream.core.profile import Vectors
from stream.core.segment_model import Description
from stream.core.training.terms import kept, mentions, top_terms

_N_TERMS = 10
_N_NAME_TERMS = 3
_N_FEATURES = 3
_WORTH_NAMING = 0.5  # standard deviations from the population before a feature may stand in a name


@dataclass(frozen=True, slots=True)
class Portrait:
    """Sums over the members of one segment, older ones fading: `squares` of their distances to the centroid,
    `deviations (n_features,)` of their explicit features from the population, how many say each term."""

    name: str
    size: float
    squares: float
    deviations: Floats
    mentions: dict[str, float]


@dataclass(frozen=True, slots=True)
class Members:
    """Profiles of one segment: `distances (m,)`, `deviations (m, n_features)` and everyone's texts."""

    distances: Vectors
    deviations: Floats
    texts: list[tuple[str, ...]]


def blank(n_features: int) -> Portrait:
    """The portrait of a segment nobody was seen in."""
    return Portrait("", 0.0, 0.0, np.zeros(n_features), {})


def observe(portrait: Portrait, members: Members, fade: float, n_terms: int) -> Portrait:
    """The portrait with all it remembers times `fade`, and then the new members; it keeps `n_terms` terms."""
    counts = {term: count * fade for term, count in portrait.mentions.items()}
    for term, count in mentions(members.texts).items():
        counts[term] = counts.get(term, 0.0) + count
    return Portrait(
        portrait.name,
        portrait.size * fade + len(members.texts),
        portrait.squares * fade + float(np.square(members.distances, dtype=np.float64).sum()),
        portrait.deviations * fade + members.deviations.sum(axis=0),
        kept(counts, n_terms),
    )


def describe(portraits: Sequence[Portrait], ids: Sequence[str], features: Sequence[str]) -> tuple[Description, ...]:
    """One description for each portrait; no two names hold the same words."""
    total = sum(portrait.size for portrait in portraits) or 1.0
    tops = top_terms([portrait.mentions for portrait in portraits], _N_TERMS)
    strongest = [_strongest(portrait, features) for portrait in portraits]
    names = _names([portrait.name for portrait in portraits], tops, strongest, ids)
    return tuple(
        Description(
            name=name,
            terms=top,
            size=round(portrait.size),
            share=portrait.size / total,
            cohesion=float(np.sqrt(portrait.squares / (portrait.size or 1.0))),
            features=strong,
        )
        for portrait, name, top, strong in zip(portraits, names, tops, strongest, strict=True)
    )


def _strongest(portrait: Portrait, features: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """The features farthest from the population in the members' mean, with their sign; the farthest first."""
    means = portrait.deviations / (portrait.size or 1.0)
    order = np.argsort(-np.abs(means), kind="stable")[:_N_FEATURES]
    return tuple((features[i], float(means[i])) for i in order.tolist())


def _names(
    former: Sequence[str],
    tops: Sequence[tuple[str, ...]],
    strongest: Sequence[tuple[tuple[str, float], ...]],
    ids: Sequence[str],
) -> list[str]:
    names = [name if _holds(name, top) else "" for name, top in zip(former, tops, strict=True)]
    taken = {_words(name) for name in names if name}
    for at, name in enumerate(names):
        if not name:
            candidates = _candidates(tops[at], strongest[at], ids[at])
            names[at] = next(name for name in candidates if _words(name) not in taken)
            taken.add(_words(names[at]))
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
