"""Descriptions of segments for readers: name, top terms, size, share, cohesion and strongest features.

A name is the operator's, or else the top terms. A published name stays as long as its words are among the segment's
top terms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stream.core.arrays import Floats
from stream.core.description import Description, Phrase
from stream.core.segment_model import SegmentModel
from stream.training.cluster.centroids import cohesion, weighted_mean
from stream.training.describe.terms import mentions, top_terms

_N_TERMS = 10
_N_NAME_TERMS = 3
_N_FEATURES = 3
_NAME_FEATURE_MIN = 0.5  # standard deviations from the population before a feature may stand in a name


@dataclass(frozen=True, slots=True)
class SegmentStats:
    """Statistics of a segment's sampled members, the input of a description.

    `n_users` is the estimated number of users, and `deviations (n_features,)` the mean explicit features, in standard
    deviations from the population. `published_name` was published last, `operator_name` was given by an operator; ""
    for none.
    """

    segment: str
    n_users: float
    cohesion: float
    deviations: Floats
    mentions: Mapping[str, float]
    published_name: str = ""
    operator_name: str = ""


def segment_stats(
    segment: str, weights: Floats, distances: Floats, deviations: Floats, texts: Sequence[tuple[str, ...]]
) -> SegmentStats:
    """Return the statistics of m members with `weights (m,)`, `distances (m,)` to the centroid, and texts.

    `deviations (m, n_features)` are standard scores of the members' explicit features.
    """
    mean = weighted_mean(deviations, weights) if len(weights) else np.zeros(deviations.shape[1])
    return SegmentStats(segment, float(weights.sum()), cohesion(distances, weights), mean, mentions(texts))


def describe(stats: Sequence[SegmentStats], features: Sequence[str]) -> tuple[Description, ...]:
    """Return one description for each segment; no two generated names have the same words."""
    total = sum(each.n_users for each in stats) or 1.0
    plain = [
        Description(
            name="",
            phrases=tuple(Phrase(term, 0.0) for term in terms),
            n_users=round(each.n_users),
            share=each.n_users / total,
            cohesion=each.cohesion,
            features=_strongest(each, features),
            edited=bool(each.operator_name),
        )
        for each, terms in zip(stats, top_terms([each.mentions for each in stats], _N_TERMS), strict=True)
    ]
    return tuple(replace(each, name=name) for each, name in zip(plain, _names(stats, plain), strict=True))


def rename_segment(model: SegmentModel, segment: str, name: str) -> SegmentModel:
    """Return `model` with the operator's `name` for `segment`; "" restores an unused generated name."""
    at = model.ids.index(segment)
    described, descriptions = model.descriptions[at], list(model.descriptions)
    used = {_words(other.name) for other in descriptions if other is not described}
    descriptions[at] = replace(described, name=name or _unused_name(described, segment, used), edited=bool(name))
    return replace(model, descriptions=tuple(descriptions))


def _strongest(stats: SegmentStats, features: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Return the features with the mean farthest from the population, signed; the farthest first."""
    order = np.argsort(-np.abs(stats.deviations), kind="stable")[:_N_FEATURES]
    return tuple((features[i], float(stats.deviations[i])) for i in order.tolist())


def _names(stats: Sequence[SegmentStats], described: Sequence[Description]) -> list[str]:
    """Return the names: operators' names and published names that still fit first, then unused generated ones."""
    names = [
        each.operator_name or (each.published_name if _still_fits(each.published_name, _terms(about)) else "")
        for each, about in zip(stats, described, strict=True)
    ]
    used = {_words(name) for name in names if name}
    for at, name in enumerate(names):
        if not name:
            names[at] = _unused_name(described[at], stats[at].segment, used)
            used.add(_words(names[at]))
    return names


def _still_fits(name: str, terms: tuple[str, ...]) -> bool:
    """Return True if all words of `name` are top terms, and it has as many as a generated name would."""
    words = _words(name)
    return bool(name) and words <= set(terms) and len(words) >= min(_N_NAME_TERMS, len(terms))


def _unused_name(described: Description, segment: str, used: set[frozenset[str]]) -> str:
    """Return the first generated name whose words are not `used`; else the segment's id."""
    names = _generated_names(_terms(described), described.features, segment)
    return next((name for name in names if _words(name) not in used), segment)


def _generated_names(terms: tuple[str, ...], strongest: tuple[tuple[str, float], ...], segment: str) -> list[str]:
    """Return names in order of preference; the last has the segment's id. Terms hold no comma, blank or bracket."""
    names = [", ".join(terms[:n]) for n in range(min(_N_NAME_TERMS, len(terms)), len(terms) + 1) if n]
    features = ", ".join(
        f"{'high' if z > 0 else 'low'} {feature.replace('_', ' ')}"
        for feature, z in strongest[:2]
        if abs(z) >= _NAME_FEATURE_MIN
    )
    names += [features] if features and not terms else []
    longest = ", ".join(terms) or features
    return [*names, f"{longest} ({segment})" if longest else segment]


def _terms(described: Description) -> tuple[str, ...]:
    return tuple(phrase.text for phrase in described.phrases)


def _words(name: str) -> frozenset[str]:
    return frozenset(name.split(", "))
