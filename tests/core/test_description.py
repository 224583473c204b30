from __future__ import annotations

import numpy as np
import pytest

from stream.core.training.description import Members, Portrait, blank, describe, observe

FEATURES = ("amount_max", "recency")


def portrait(terms: str, name: str = "", deviations: tuple[float, float] = (0.0, 0.0), size: float = 10) -> Portrait:
    """A portrait that says each of `terms` nine times, the first a little oftener than the next."""
    words = {word: 9.0 - at / 10 for at, word in enumerate(terms.split())}
    return Portrait(name, size, 40.0, np.array(deviations) * size, words)


def names(*portraits: Portrait) -> list[str]:
    return [d.name for d in describe(portraits, [f"s-{i:04d}" for i in range(1, len(portraits) + 1)], FEATURES)]


def test_a_portrait_sums_its_members_and_fades() -> None:
    members = Members(np.array([3.0, 4.0], np.float32), np.array([[1.0, 0.0], [2.0, -1.0]]), [("milk",), ("milk tea",)])
    once = observe(blank(2), members, 1.0, 10)
    assert (once.size, once.squares, once.deviations.tolist()) == (2.0, 25.0, [3.0, -1.0])
    assert once.mentions == {"milk": 2.0, "tea": 1.0}
    twice = observe(once, members, 0.5, 1)
    assert (twice.size, twice.squares, twice.deviations.tolist()) == (3.0, 37.5, [4.5, -1.5])
    assert twice.mentions == {"milk": 3.0}


def test_a_description_says_size_share_cohesion_and_the_strongest_features() -> None:
    soda, bread = describe(
        [portrait("soda cola", deviations=(0.5, -2.0), size=30), portrait("bread")], ("s-0001", "s-0002"), FEATURES
    )
    assert (soda.size, soda.share) == (30, 0.75)
    assert soda.cohesion == pytest.approx((40 / 30) ** 0.5)
    assert soda.features == (("recency", -2.0), ("amount_max", 0.5))
    assert (soda.terms, bread.terms) == (("soda", "cola"), ("bread",))


def test_a_name_is_the_top_three_terms() -> None:
    assert names(portrait("soda cola lemonade water"), portrait("面包")) == ["soda, cola, lemonade", "面包"]


def test_two_names_never_hold_the_same_words() -> None:
    first, second = names(portrait("soda cola water tea"), portrait("soda cola water tea"))
    assert (first, second) == ("soda, cola, water", "soda, cola, water, tea")
    assert names(portrait("soda"), portrait("soda")) == ["soda", "soda (s-0002)"]


def test_a_former_name_stays_while_its_words_are_top_terms() -> None:
    assert names(portrait("soda cola water tea", name="tea, cola, soda")) == ["tea, cola, soda"]
    assert names(portrait("soda cola water tea", name="tea, cola, beer")) == ["soda, cola, water"]
    assert names(portrait("soda cola water tea", name="soda")) == ["soda, cola, water"]


def test_a_former_name_goes_before_the_claim_of_another_segment() -> None:
    first, second = names(portrait("soda cola water tea"), portrait("tea cola soda water", name="soda, cola, water"))
    assert (first, second) == ("soda, cola, water, tea", "soda, cola, water")


def test_without_terms_the_features_name_a_segment_and_without_those_its_id() -> None:
    silent = portrait("", deviations=(0.6, -1.2))
    assert names(silent, silent, portrait("")) == [
        "low recency, high amount max",
        "low recency, high amount max (s-0002)",
        "s-0003",
    ]


def test_a_segment_nobody_was_seen_in_is_described_by_zeros() -> None:
    (empty,) = describe([blank(2)], ["s-0001"], FEATURES)
    assert (empty.name, empty.size, empty.share, empty.cohesion) == ("s-0001", 0, 0.0, 0.0)
    assert describe([], [], FEATURES) == ()
