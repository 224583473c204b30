"""Scores learned from features of recipients: one recipe for all, so that methods differ by their features alone.

A logistic regression of standardised features is fitted to the campaigns that had settled when a campaign began, with
the redemptions known by then. Its regularisation is the best of REGULARISATIONS on the validation households, learned
from the training households.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from apps.methods.redemption import POSITIVES_MIN, SETTLED_MS
from bench.apps.marketing.groups import TRAINING, VALIDATION_BUCKET, Scores, bucket_of, groups
from bench.apps.marketing.methods import Method, OfRecipients
from bench.apps.marketing.situations import Learners, Situation
from stream.core.arrays import Floats

REGULARISATIONS = (0.001, 0.01, 0.1, 1.0)


def scores_of(method: Method, situations: Sequence[Situation]) -> Scores:
    """Return the scores of the recipients of each judged campaign, for each group of learners."""
    if method.score is not None:
        plain = [method.score(at) for at in situations if at.chosen]
        return dict.fromkeys(groups(), plain)
    assert method.features is not None
    learning = Learning.of(method.features, situations)
    regularisation = min(REGULARISATIONS, key=learning.loss)
    return {name: learning.scores(learners, regularisation) for name, learners in groups().items()}


@dataclass(frozen=True)
class Learning:
    """A table of features of the recipients of every campaign, by the campaign's id."""

    situations: Sequence[Situation]
    rows: Mapping[str, Floats]

    @classmethod
    def of(cls, features: OfRecipients, situations: Sequence[Situation]) -> Learning:
        """Compute the features."""
        return cls(situations, {at.id: features(at) for at in situations})

    def scores(self, learners: Learners, regularisation: float) -> list[Floats]:
        """Return the chances of each judged campaign's recipients."""
        return [self._chances(at, learners, regularisation) for at in self.situations if at.chosen]

    def loss(self, regularisation: float) -> float:
        """Return the log loss on the validation households."""
        judged = [at for at in self.situations if at.chosen]
        chances = self.scores(groups()[TRAINING], regularisation)
        kept = [_of(at, lambda user: bucket_of(user) == VALIDATION_BUCKET) for at in judged]
        is_redeemed = [np.isfinite(at.redeemed_ms)[each] for at, each in zip(judged, kept, strict=True)]
        predicted = [each[of] for each, of in zip(chances, kept, strict=True)]
        return float(log_loss(np.concatenate(is_redeemed), np.concatenate(predicted), labels=[False, True]))

    def _chances(self, at: Situation, learners: Learners, regularisation: float) -> Floats:
        """Return the chances of the recipients of `at`; all alike while there is too little to learn from."""
        settled = [each for each in self.situations if each.start_ms <= at.start_ms - SETTLED_MS]
        kept = [(each, _of(each, learners)) for each in settled]
        is_redeemed = np.concatenate([np.zeros(0, bool), *((each.redeemed_ms < at.start_ms)[of] for each, of in kept)])
        if is_redeemed.sum() < POSITIVES_MIN:
            return np.full(len(at.households), 0.5)
        rows = np.concatenate([self.rows[each.id][of] for each, of in kept])
        regression = make_pipeline(StandardScaler(), LogisticRegression(C=regularisation, max_iter=500))
        return np.asarray(regression.fit(rows, is_redeemed).predict_proba(self.rows[at.id])[:, 1])


def _of(at: Situation, learners: Learners) -> NDArray[np.bool_]:
    return np.array([learners(str(household)) for household in at.households], bool)
