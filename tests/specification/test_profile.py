from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.arrays import Vectors
from stream.core.event import Event
from stream.core.policy import Policy
from tests.core.builders import ENCODER, POLICY, START_MS, WORDS, event_at, random_windows, stack_windows, window_with
from tests.core.planted import bits
from tests.specification.features import Windows, features_of
from tests.specification.profile import contrasts, effective_sizes, item_weights, profiles, weighted_means

HALF_LIFE_MS = 4


def means_of(windows: Windows) -> Vectors:
    """The semantic halves of windows."""
    return weighted_means(windows, item_weights(windows, HALF_LIFE_MS))


def test_an_item_loses_half_its_weight_in_each_half_life() -> None:
    #  age, ms     12      4     0   (from the future)
    #  weight      1/8    1/2    1        1
    policy = Policy(window_items=5, window_ms=20)
    window = window_with(event_at(0), event_at(8), event_at(12), event_at(14), policy=policy)
    weights = item_weights(stack_windows([window], 12, policy), HALF_LIFE_MS)
    assert weights.tolist() == [[0.125, 0.5, 1.0, 1.0, 0.0]]


def test_texts_of_one_kind_give_their_own_vector() -> None:
    window = window_with(event_at(0, "milk"), event_at(3, "milk"))
    (found,) = means_of(stack_windows([window], 9))
    np.testing.assert_allclose(found, ENCODER.encode(["milk"])[0], atol=0.01)


def test_a_window_without_texts_is_the_zero_vector() -> None:
    found = means_of(stack_windows([window_with(event_at(0), event_at(1))], 9, fill=77))
    assert found.tolist() == [[0.0] * ENCODER.dimension]


words = st.lists(
    st.tuples(st.integers(0, 19), st.sampled_from((*WORDS, "")), st.sampled_from(("view", "buy"))),
    min_size=1,
    max_size=5,
)


def events_of(drawn: list[tuple[int, str, str]]) -> list[Event]:
    return [
        event_at(at, text, event_id=f"e{i}", kind=kind, amount=float(i)) for i, (at, text, kind) in enumerate(drawn)
    ]


@settings(max_examples=60)
@given(users=st.lists(words, min_size=1, max_size=4), later_ms=st.integers(0, 9))
def test_the_semantic_half_equals_a_weighted_mean_item_by_item(
    users: list[list[tuple[int, str, str]]], later_ms: int
) -> None:
    now_ms = 20 + later_ms
    windows = [window_with(*events_of(drawn)) for drawn in users]
    found = means_of(stack_windows(windows, now_ms))
    for row, window in zip(found, windows, strict=True):
        mean, total = [0.0] * ENCODER.dimension, 0.0
        for item in window.columns[: len(window)]:
            weight = 2.0 ** (-(START_MS + now_ms - int(item["time_ms"])) / HALF_LIFE_MS)
            total += weight
            for axis in range(ENCODER.dimension):
                mean[axis] += weight * float(item["scale"]) * int(item["vector"][axis])
        np.testing.assert_allclose(row, [part / total for part in mean], atol=1e-5)


@settings(max_examples=60)
@given(drawn=words, seed=st.integers(0, 99), fill=st.sampled_from((0, 255, 129)))
def test_a_profile_is_a_function_of_the_window_and_not_of_its_history(
    drawn: list[tuple[int, str, str]], seed: int, fill: int
) -> None:
    events = events_of(drawn)
    shuffled = random.Random(seed).sample(events, len(events))
    once, again = (
        profiles(stack_windows([window_with(*order)], 25, fill=byte), features_of(POLICY), HALF_LIFE_MS)
        for order, byte in ((events, 0), (shuffled, fill))
    )
    assert bits(once) == bits(again)


@pytest.mark.parametrize("n", [1, 2, 7, 64])
def test_a_profiles_bits_do_not_depend_on_the_other_rows(n: int) -> None:
    windows, policy = random_windows(n)
    features = features_of(policy)
    together = profiles(windows, features, policy.half_life_ms)
    for at in range(n):
        alone = profiles(windows.row(at), features, policy.half_life_ms)
        assert alone.explicit.tobytes() == together.explicit[at].tobytes()
        assert alone.semantic.tobytes() == together.semantic[at].tobytes()
        assert alone.mass.tobytes() == together.mass[at].tobytes()


def test_the_mass_is_the_number_of_items_where_all_weigh_the_same() -> None:
    weights = np.array([[0.5, 0.5, 0.5, 0.0], [1.0, 0.0, 0.0, 0.0], [1.0, 0.5, 0.5, 0.0], [0.0] * 4], np.float32)
    assert effective_sizes(weights).tolist() == pytest.approx([3.0, 1.0, 4 / 1.5, 0.0])  # the third: (1 + 1)² / 1.5


def test_older_and_newer_items_of_one_kind_have_no_contrast() -> None:
    same = window_with(event_at(0, "milk"), event_at(1, "milk"), event_at(2, "milk"))
    assert np.abs(contrasts(stack_windows([same], 3), HALF_LIFE_MS)).max() < 1e-6


def test_a_window_of_one_item_has_no_contrast() -> None:
    assert not contrasts(stack_windows([window_with(event_at(0, "milk"))], 3), HALF_LIFE_MS).any()


def test_contrasts_of_random_items_have_the_covariance_of_their_mean() -> None:
    #  items without any lasting difference: contrasts and means vary alike, whatever the age of the items
    windows, policy = random_windows(4000, seed=1)
    raw = profiles(windows, features_of(policy), policy.half_life_ms)
    found = contrasts(windows, policy.half_life_ms)
    means = raw.semantic[windows.n > 1] - raw.semantic.mean(axis=0)
    ratio = np.square(found[windows.n > 1]).sum() / np.square(means).sum()
    assert ratio == pytest.approx(1.0, abs=0.05)
