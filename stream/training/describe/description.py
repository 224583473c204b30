"""Descriptions of segments for readers: name, phrases, texts, behaviour and figures.

A name is the operator's, or the published one while it fits, or a new one that no other segment has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from stream.core.arrays import Floats
from stream.core.description import Description
from stream.core.segment_model import SegmentModel
from stream.training.cluster.centroids import cohesion, weighted_mean
from stream.training.describe.behaviour import EFFECT_KEPT, EFFECT_SEEN, behaviour_words, effect_of, effects
from stream.training.describe.common_words import common_words
from stream.training.describe.corpus import Corpus, build_corpus
from stream.training.describe.grams import find_grams
from stream.training.describe.kept_names import PERSISTED_MIN, PhraseUse, keeps_name
from stream.training.describe.names import name_phrases, says_nothing, unused_name
from stream.training.describe.phrases import score_grams, typical_phrases
from stream.training.describe.spelling import spelling_of
from stream.training.describe.typical_texts import typical_texts

_N_FEATURES = 3
_SAMPLED_MIN = 3  # users with texts: fewer may not be published, and the words of before stay
_EVERYBODY = "All users"


@dataclass(frozen=True, slots=True)
class SegmentStats:
    """Statistics of a segment's sampled members, the input of a description.

    `n_users` is the estimated number of users, `explicit (n_features,)` are the mean explicit features, and
    `deviations (n_features,)` the same in standard deviations from the population. `texts` are those of each member.
    `published_name` was published last, "" for none or if the segment was founded anew; `published` is the description
    with it. `persisted` is the share of the segment that persists from before. `operator_name` was given by an
    operator, "" for none.
    """

    segment: str
    n_users: float
    cohesion: float
    explicit: Floats
    deviations: Floats
    texts: Sequence[tuple[str, ...]] = ()
    published_name: str = ""
    published: Description | None = None
    persisted: float = 1.0
    operator_name: str = ""


def segment_stats(
    segment: str,
    weights: Floats,
    distances: Floats,
    explicit: Floats,
    deviations: Floats,
    texts: Sequence[tuple[str, ...]],
) -> SegmentStats:
    """Return the statistics of m members with `weights (m,)`, `distances (m,)` to the centroid, and texts.

    `explicit (m, n_features)` are the members' explicit features, `deviations (m, n_features)` their standard scores.
    """
    mean, deviation = (
        weighted_mean(each, weights) if len(weights) else np.zeros(each.shape[1]) for each in (explicit, deviations)
    )
    return SegmentStats(segment, float(weights.sum()), cohesion(distances, weights), mean, deviation, texts)


def describe(stats: Sequence[SegmentStats], features: Sequence[str]) -> tuple[Description, ...]:
    """Return one description for each segment; a reader can tell all generated names apart."""
    if not stats:
        return ()
    n_users = np.array([each.n_users for each in stats])
    shares = n_users / (n_users.sum() or 1.0)
    corpus = build_corpus([each.texts for each in stats])
    effect = effects(np.stack([each.deviations for each in stats]), shares)
    described = [
        replace(
            each,
            n_users=round(of.n_users),
            share=float(share),
            cohesion=of.cohesion,
            features=_strongest(of, features),
            edited=bool(of.operator_name),
        )
        for each, of, share in zip(_words(stats, corpus, shares, features, effect), stats, shares, strict=True)
    ]
    names = _names(stats, described, corpus, features, effect)
    return tuple(replace(each, name=name) for each, name in zip(described, names, strict=True))


def rename_segment(model: SegmentModel, segment: str, name: str) -> SegmentModel:
    """Return `model` with the operator's `name` for `segment`; "" restores an unused generated name."""
    at = model.ids.index(segment)
    described, descriptions = model.descriptions[at], list(model.descriptions)
    others = [other.name for other in descriptions if other is not described]
    generated = unused_name(described.phrases, described.behaviour, segment, others) if others else _EVERYBODY
    descriptions[at] = replace(described, name=name or generated, edited=bool(name))
    return replace(model, descriptions=tuple(descriptions))


def _words(
    stats: Sequence[SegmentStats], corpus: Corpus, shares: Floats, features: Sequence[str], effect: Floats
) -> list[Description]:
    """Return descriptions of phrases, texts and behaviour; a segment with hardly any sampled user keeps its words."""
    grams = find_grams(corpus, common_words(corpus, shares))
    scores, spelling = score_grams(corpus, grams, shares), spelling_of(corpus.stream)
    phrases = [typical_phrases(corpus, grams, scores, at, spelling) for at in range(len(stats))]
    texts = typical_texts(corpus, phrases)
    return [
        Description("", of.published.phrases, of.published.texts, of.published.behaviour)
        if of.published is not None and corpus.n_sampled[at] < _SAMPLED_MIN
        else Description("", phrases[at], texts[at], behaviour_words(features, of.explicit, effect[at]))
        for at, of in enumerate(stats)
    ]


def _strongest(stats: SegmentStats, features: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Return the features with the mean farthest from the population, signed; the farthest first."""
    order = np.argsort(-np.abs(stats.deviations), kind="stable")[:_N_FEATURES]
    return tuple((features[i], float(stats.deviations[i])) for i in order.tolist())


def _names(
    stats: Sequence[SegmentStats],
    described: Sequence[Description],
    corpus: Corpus,
    features: Sequence[str],
    effect: Floats,
) -> list[str]:
    """Return the names: operators' names and published names that still fit first, then unused generated ones."""
    fits = _published_names_fit(stats, corpus, features, effect)
    names = [of.operator_name or (of.published_name if fit else "") for of, fit in zip(stats, fits, strict=True)]
    for at, (of, each) in enumerate(zip(stats, described, strict=True)):
        if len(stats) == 1:
            names[at] = names[at] or _EVERYBODY
        elif not names[at]:
            habits = behaviour_words(features, of.explicit, effect[at], EFFECT_SEEN)
            names[at] = unused_name(each.phrases, each.behaviour, of.segment, filter(None, names), habits)
    return names


def _published_names_fit(
    stats: Sequence[SegmentStats], corpus: Corpus, features: Sequence[str], effect: Floats
) -> list[bool]:
    """Return for each segment whether its published name stays; a name that says nothing never does."""
    parts = [name_phrases(of.published_name) for of in stats]
    coverage = corpus.coverage([[part] for name in parts for part in name]).T
    rows = iter(coverage)
    found = []
    for at, of in enumerate(stats):
        uses = [PhraseUse(at, next(rows), corpus.n_sampled) for _ in parts[at]]
        told = [effect_of(part, features, effect[at]) for part in parts[at]]
        if says_nothing(of.published_name) or of.published_name == _EVERYBODY:
            found.append(False)
        elif told[0] is not None:
            found.append(told[0] >= EFFECT_KEPT and of.persisted >= PERSISTED_MIN)
        else:
            spoken = [use for use, effect_told in zip(uses, told, strict=True) if effect_told is None]
            found.append(keeps_name(spoken, of.persisted))
    return found
