"""A published name stays while its segment is the same and its people say it."""

from __future__ import annotations

import numpy as np
import pytest

from stream.training.describe.kept_names import PhraseUse, keeps_name


def kept(*coverage: float, n: float = 200, persisted: float = 1.0) -> bool:
    """Return whether the first segment's name stays when these shares of each segment's users say it."""
    return keeps_name([PhraseUse(0, np.array(coverage), np.full(len(coverage), n))], persisted)


def test_a_name_that_its_people_say_stays_whatever_the_sample_is() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        drawn = rng.binomial(60, [0.3, 0.02, 0.1]) / 60
        assert kept(*drawn.tolist(), n=60)


def test_a_name_goes_when_most_of_its_people_have_left() -> None:
    assert not kept(0.3, 0.0, persisted=0.49)
    assert kept(0.3, 0.0, persisted=0.5)


def test_a_name_goes_when_nobody_says_it_any_more() -> None:
    assert not kept(0.0, 0.0, n=1000)
    assert kept(0.0, 0.0, n=100)  # two of a hundred may say it, and none of them be in the sample


def test_a_name_goes_when_another_segment_says_it_certainly_more() -> None:
    assert not kept(0.1, 0.4)
    assert kept(0.3, 0.35, 0.0, 0.0)  # more, but not so much more
    assert kept(0.1, 0.4, n=12)  # much more, but of too few users


def test_a_name_goes_when_it_sets_nobody_apart() -> None:
    assert not kept(0.3, 0.3, 0.3, n=1000)
    assert kept(0.3, 0.15, 0.15, n=1000)
    assert kept(0.3, 0.3, 0.3, n=12)  # too few users to tell


def test_a_few_sampled_users_prove_nothing() -> None:
    assert kept(0.0, 1.0, n=9)
    assert keeps_name([PhraseUse(0, np.array([0.0, 1.0]), np.array([0.0, 500.0]))])


@pytest.mark.parametrize("at", [0, 1])
def test_the_row_is_that_of_the_name(at: int) -> None:
    assert keeps_name([PhraseUse(at, np.array([0.5, 0.1]), np.array([200.0, 200.0]))]) is (at == 0)


@pytest.mark.parametrize(
    ("fitting", "stays"),
    [((True,), True), ((True, False), True), ((True, False, False), False), ((False, True, True), False), ((), False)],
)
def test_the_first_phrase_must_fit_and_half_of_all(fitting: tuple[bool, ...], stays: bool) -> None:
    n = np.array([200.0, 200.0])
    uses = [PhraseUse(0, np.array([0.5, 0.1] if fits else [0.1, 0.5]), n) for fits in fitting]
    assert keeps_name(uses) is stays
