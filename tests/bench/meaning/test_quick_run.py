"""A small planted population through the real jobs and the real encoder: do segments say what users are interested in?

The floors are what the yardstick asks of every change. K-means on the mean of the same vectors reaches an ARI of 0.97.
"""

from __future__ import annotations

from bench.meaning.baselines import ENCODER
from bench.meaning.outcomes import SEGUE, Outcome
from bench.meaning.scores import Agreement
from bench.meaning.yardstick import DOMAIN, RHYTHM

N_DOMAINS = 4
ARI_MIN = 0.8
BASELINE_ARI_MIN = 0.95  # what is possible with these vectors
RHYTHM_ARI_MIN = 0.5
UNKNOWN_MAX = 0.02


def agreement_of(outcome: Outcome, method: str, facet: str) -> Agreement:
    """The agreement of one method with one facet."""
    (found,) = (score.agreement for score in outcome.scores if (score.method, score.facet) == (method, facet))
    return found


def test_segments_are_the_interests(interests: Outcome) -> None:
    ours = agreement_of(interests, SEGUE, DOMAIN)
    assert ours.ari >= ARI_MIN
    assert ours.n_owned == ours.n_groups == N_DOMAINS


def test_the_same_vectors_make_the_interests_possible(interests: Outcome) -> None:
    assert agreement_of(interests, f"{ENCODER}, true k", DOMAIN).ari >= BASELINE_ARI_MIN


def test_one_setting_turns_segments_to_rhythms(by_rhythm: Outcome) -> None:
    rhythm, domain = agreement_of(by_rhythm, SEGUE, RHYTHM), agreement_of(by_rhythm, SEGUE, DOMAIN)
    assert rhythm.ari >= RHYTHM_ARI_MIN
    assert domain.ari < rhythm.ari


def test_few_users_are_unknown(interests: Outcome, by_rhythm: Outcome) -> None:
    assert max(interests.unknown.end, by_rhythm.unknown.end) <= UNKNOWN_MAX


def test_names_can_be_read_and_told_apart(interests: Outcome) -> None:
    names = interests.names
    assert names.n_names >= N_DOMAINS
    assert (names.common, names.short, names.alike) == ((), (), ())


def test_a_reader_of_the_names_finds_each_domain(interests: Outcome) -> None:
    assert interests.names.n_read == interests.names.n_groups == N_DOMAINS
