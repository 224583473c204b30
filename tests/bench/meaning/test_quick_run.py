"""A small planted population through the real jobs and the real encoder: do segments say what users are interested in?

The floors are what the yardstick asks of every change. K-means on the mean of the same vectors reaches an ARI of 0.97.
"""

from __future__ import annotations

from bench.meaning.baselines import ENCODER
from bench.meaning.outcomes import SEGUE, Outcome

ARI_MIN = 0.8
UNKNOWN_MAX = 0.02
BASELINE_ARI_MIN = 0.95  # what is possible with these vectors


def test_segments_are_the_interests(quick: Outcome) -> None:
    (ours,) = (score.agreement for score in quick.scores if score.method == SEGUE)
    assert ours.ari >= ARI_MIN
    assert ours.n_owned == ours.n_groups == 4


def test_few_users_are_unknown(quick: Outcome) -> None:
    assert quick.unknown.end <= UNKNOWN_MAX


def test_the_same_vectors_make_the_interests_possible(quick: Outcome) -> None:
    (possible,) = (score.agreement for score in quick.scores if score.method == f"{ENCODER}, true k")
    assert possible.ari >= BASELINE_ARI_MIN
