"""Typical phrases of segments: said by many of a segment's users, by few others, and different from each other.

The score of a phrase is the share of the segment's users who say it, times a logarithm (base 2), times its quality. The
logarithm is that of how much more often they say it than others do. Others are all other users and the segment that
says it most, half each: a phrase of two segments distinguishes neither.

The choice is by maximal marginal relevance (Carbonell and Goldstein 1998). A phrase counts less the more it is said by
the users of a phrase already chosen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stream.core.arrays import Floats, Ints
from stream.core.description import Phrase
from stream.training.describe.corpus import Corpus
from stream.training.describe.grams import USERS_MIN, Grams
from stream.training.describe.similar_words import share_words
from stream.training.describe.spelling import Spelling

N_PHRASES = 8
_CANDIDATES = 40  # of a segment, for the choice
_LIFT_MIN = 1.5
_COVERAGE_MIN = 0.02  # of the segment's users: fewer are no habit of it
_CHANCE_FINDS = 1.0  # at most, in all segments together; the bound is loose, so fewer
_EXTENDED = 0.4  # of a phrase's users say one longer phrase with it: the longer one says more
_OVERLAP_COST = 0.6  # of the score of a phrase that only the users of a chosen one say


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of n grams in k segments, all (k, n): `coverage` is a share of users, `score` 0 where not typical."""

    coverage: Floats
    score: Floats


def score_grams(corpus: Corpus, grams: Grams, shares: Floats) -> Scores:
    """Return the scores; `shares (k,)` of all users are in each segment."""
    sampled = np.maximum(corpus.n_sampled, 1)[:, None]
    coverage = grams.users / sampled
    rest, most = coverage_of_others(coverage, shares)
    # half a user more everywhere: what nobody else says is no infinite lift
    lift = (coverage + 0.5 / sampled) / ((rest + most) / 2 + 0.5 / sampled + 0.002)
    is_typical = (grams.users >= USERS_MIN) & (lift >= _LIFT_MIN)
    is_typical &= coverage >= _COVERAGE_MIN
    n_tests = max(coverage.size, 1)
    is_typical &= evidence(grams.users, corpus.n_sampled) >= np.log(n_tests / _CHANCE_FINDS)
    return Scores(coverage, np.where(is_typical, coverage * np.log2(lift) * grams.quality, 0.0))


def evidence(users: Floats, n_sampled: Floats) -> Floats:
    """Return (k, n) in nats how little chance explains that so many of the users of a gram are in a segment.

    `users (k, n)` of `n_sampled (k,)` say it. By chance they would be in a segment by its size; this is Chernoff's
    bound of a binomial tail (Hoeffding 1963).
    """
    usual = n_sampled / max(n_sampled.sum(), 1)
    total = users.sum(axis=0)
    share = np.clip(users / np.maximum(total, 1), usual[:, None], 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = np.where(share > 0, share * np.log(share / usual[:, None]), 0.0)
        outside = np.where(share < 1, (1 - share) * np.log((1 - share) / (1 - usual[:, None])), 0.0)
    return np.asarray(total * (inside + outside))


def typical_phrases(corpus: Corpus, grams: Grams, scores: Scores, at: int, spelling: Spelling) -> tuple[Phrase, ...]:
    """Return the phrases of the segment in row `at`, the best first."""
    choice = _Choice(corpus, grams, scores, at)
    return tuple(
        Phrase(spelling.of(int(grams.places[column]), len(grams.words[column])), round(score, 4))
        for column, score in choice.made()
    )


class _Choice:
    """A choice among the candidates of one segment."""

    def __init__(self, corpus: Corpus, grams: Grams, scores: Scores, at: int) -> None:
        self.keys, self.unspaced, self.grams = corpus.stream.keys, corpus.stream.is_unspaced, grams
        self.coverage, self.score = scores.coverage[at], scores.score[at]
        order = sorted(np.flatnonzero(self.score > 0).tolist(), key=lambda n: (-self.score[n], self.words(n)))
        self.candidates = [column for column in order if self.is_phrase(column)][:_CANDIDATES]
        rows = slice(int(corpus.ends[at]), int(corpus.ends[at + 1]))
        self.said = np.asarray(grams.by_user[:, self.candidates].tocsr()[rows].todense())

    def words(self, column: int) -> tuple[str, ...]:
        """Return the words of a gram."""
        return tuple(self.keys[word] for word in self.grams.words[column])

    def is_phrase(self, column: int) -> bool:
        """Return False if a single unspaced character is at an end, or if words repeat each other."""
        words, ends = self.words(column), (self.grams.words[column][0], self.grams.words[column][-1])
        if any(self.unspaced[word] and len(self.keys[word]) == 1 for word in ends):
            return False
        return not any(share_words([word], words[n + 1 :]) for n, word in enumerate(words))

    def made(self) -> list[tuple[int, float]]:
        """Return the columns chosen with their scores, in order."""
        chosen: list[int] = []
        score = self.score[self.candidates]
        left = np.ones(len(self.candidates), np.bool_)
        while left.any() and len(chosen) < N_PHRASES:
            best = int(np.argmax(np.where(left, score * self._novelty(chosen), -1.0)))
            best = self._extended(best, left)
            chosen.append(best)
            words = self.words(self.candidates[best])
            left &= [not share_words(words, self.words(column)) for column in self.candidates]
            left[best] = False
        return [(self.candidates[at], float(score[at])) for at in chosen]

    def _novelty(self, chosen: list[int]) -> Floats:
        """Return a factor (n,) for each candidate: 1 if its users say chosen phrases no more than others do."""
        found = np.ones(len(self.candidates))
        n_said = np.maximum(self.said.sum(axis=0), 1)
        for at in chosen:
            both = (self.said * self.said[:, [at]]).sum(axis=0) / n_said
            usual = self.said[:, at].mean()
            found = np.minimum(found, 1 - _OVERLAP_COST * np.maximum(both - usual, 0) / max(1 - usual, 1e-9))
        return found

    def _extended(self, at: int, left: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int:
        """Return the longer candidate that many users of the candidate `at` say; else `at`."""
        own = self.grams.words[self.candidates[at]]
        least = _EXTENDED * self.coverage[self.candidates[at]]
        longer = [
            n
            for n, column in enumerate(self.candidates)
            if left[n] and self.coverage[column] >= least and own in _shorter(self.grams.words[column])
        ]
        if not longer:
            return at
        return self._extended(max(longer, key=lambda n: (self.coverage[self.candidates[n]], -n)), left)


def _shorter(words: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    return (words[1:], words[:-1]) if len(words) > 1 else ()


def coverage_of_others(coverage: Floats, shares: Floats) -> tuple[Floats, Floats]:
    """Return (k, n) for each segment: the coverage among all other users, and that of the other segment with most."""
    if len(coverage) < 2:
        return np.zeros_like(coverage), np.zeros_like(coverage)
    weighted = shares[:, None] * coverage
    rest = (weighted.sum(axis=0) - weighted) / np.maximum(1 - shares, 1e-9)[:, None]
    ordered: Ints = np.argsort(coverage, axis=0)
    highest, second = coverage.max(axis=0), np.sort(coverage, axis=0)[-2]
    is_highest = np.arange(len(coverage))[:, None] == ordered[-1]
    return np.maximum(rest, 0), np.where(is_highest, second, highest)
