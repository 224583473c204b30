"""Behaviour in words, by examples worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from stream.training.describe.behaviour import behaviour_words, effect_of, effects

FEATURES = ("recency", "amount_mean", "amount_max", "weekend_share", "share_view")
VALUES = np.array([3.0, 5.0, 6.0, 0.8, 0.4])


def said(*effect: float) -> tuple[str, ...]:
    """Return the behaviour with these effects."""
    return behaviour_words(FEATURES, VALUES, np.array(effect))


def test_the_strongest_clear_effects_speak_first() -> None:
    assert said(0.0, 1.0, 0.0, 2.0, 0.0) == ("weekends", "large amounts")
    assert said(0.7, -0.7, 0.0, 0.0, 0.0) == ()


def test_there_are_at_most_three() -> None:
    assert len(said(1.0, 1.2, 0.0, 2.0, 1.1)) == 3


def test_of_two_features_of_one_thing_the_stronger_speaks() -> None:
    assert said(0.0, 1.0, 1.5, 0.0, 0.0) == ("some large amounts",)


def test_words_that_are_not_true_of_the_values_are_not_said() -> None:
    assert behaviour_words(("weekend_share",), np.array([0.2]), np.array([2.0])) == ()


def test_effects_are_from_the_mean_of_all_users_by_their_number() -> None:
    found = effects(np.array([[1.0], [-1.0]]), np.array([0.75, 0.25]))
    assert found.tolist() == [[0.5], [-1.5]]  # the mean of all is 0.75 - 0.25


def test_the_effect_of_words_is_in_their_direction() -> None:
    effect = np.array([-1.5, 0.0, 0.0, 1.0, 0.0])
    assert effect_of("weekends", FEATURES, effect) == 1.0
    assert effect_of("weekdays", FEATURES, effect) == -1.0
    assert effect_of("active recently", FEATURES, effect) == 1.5
    assert effect_of("baby food", FEATURES, effect) is None
    assert effect_of("", FEATURES, effect) is None


@pytest.mark.parametrize("words", ["mostly within one hour", "within one hour"])
def test_words_that_begin_with_mostly_are_known_as_a_name_shows_them(words: str) -> None:
    assert effect_of(words, ("burst",), np.array([1.5])) == 1.5


@pytest.mark.parametrize(("sign", "words"), [(1.0, ("many views",)), (-1.0, ("few views",))])
def test_a_share_of_a_kind_has_the_words_of_the_kind(sign: float, words: tuple[str, ...]) -> None:
    assert behaviour_words(("share_view",), np.array([0.3]), np.array([sign])) == words
