from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stream.core.segment_model import Description
from stream.training.describe.description import Portrait, describe, renamed, segment_stats
from tests.core.builders import word_model

FEATURES = ("amount_max", "recency")


def drawn(
    terms: str,
    name: str = "",
    given: str = "",
    deviations: tuple[float, float] = (0.0, 0.0),
    size: float = 10,
    segment: str = "s-0001",
) -> Portrait:
    """A portrait that says each of `terms` nine times, the first a little oftener than the next."""
    words = {word: 9.0 - at / 10 for at, word in enumerate(terms.split())}
    return Portrait(segment, name, given, size, np.array([3.0, 1.0]), np.array(deviations), words)


def names(*portraits: Portrait) -> list[str]:
    numbered = [replace(p, id=f"s-{i:04d}") for i, p in enumerate(portraits, 1)]
    return [d.name for d in describe(numbered, FEATURES)]


def test_a_portrait_counts_its_members_by_weight_and_their_words_by_head() -> None:
    deviations, texts = np.array([[1.0, 0.0], [4.0, -2.0]]), [("milk",), ("milk tea", "tea")]
    found = segment_stats("s-0007", "tea", "", np.array([3.0, 1.0]), np.array([0.1, 0.2]), deviations, texts)
    assert (found.size, found.deviations.tolist()) == (4.0, [1.75, -0.5])  # (3 * 1 + 4) / 4, -2 / 4
    assert found.mentions == {"milk": 2, "tea": 1}


def test_a_description_says_size_share_cohesion_and_the_strongest_features() -> None:
    soda, bread = describe([drawn("soda cola", deviations=(0.5, -2.0), size=30.4), drawn("bread", size=9.6)], FEATURES)
    assert (soda.size, round(soda.share, 9)) == (30, 0.76)
    assert soda.cohesion == pytest.approx(5**0.5)  # the root of (9 + 1) / 2
    assert soda.features == (("recency", -2.0), ("amount_max", 0.5))
    assert (soda.terms, bread.terms) == (("soda", "cola"), ("bread",))
    assert (soda.edited, bread.edited) == (False, False)


def test_a_name_is_the_top_three_terms() -> None:
    assert names(drawn("soda cola lemonade water"), drawn("面包")) == ["soda, cola, lemonade", "面包"]


def test_two_names_never_hold_the_same_words() -> None:
    first, second = names(drawn("soda cola water tea"), drawn("soda cola water tea"))
    assert (first, second) == ("soda, cola, water", "soda, cola, water, tea")
    assert names(drawn("soda"), drawn("soda")) == ["soda", "soda (s-0002)"]


def test_a_former_name_stays_while_its_words_are_top_terms() -> None:
    assert names(drawn("soda cola water tea", name="tea, cola, soda")) == ["tea, cola, soda"]
    assert names(drawn("soda cola water tea", name="tea, cola, beer")) == ["soda, cola, water"]
    assert names(drawn("soda cola water tea", name="soda")) == ["soda, cola, water"]


def test_a_former_name_goes_before_the_claim_of_another_segment() -> None:
    first, second = names(drawn("soda cola water tea"), drawn("tea cola soda water", name="soda, cola, water"))
    assert (first, second) == ("soda, cola, water, tea", "soda, cola, water")


def test_a_name_given_by_hand_stays_whatever_the_members_say() -> None:
    (found,) = describe([drawn("soda cola water", name="soda, cola, water", given="Thirsty, all of them")], FEATURES)
    assert (found.name, found.edited) == ("Thirsty, all of them", True)
    assert names(drawn("soda", given="soda"), drawn("soda", given="soda"), drawn("soda")) == [
        "soda", "soda", "soda (s-0003)",
    ]  # fmt: skip


def test_without_terms_the_features_name_a_segment_and_without_those_its_id() -> None:
    silent = drawn("", deviations=(0.6, -1.2))
    assert names(silent, silent, drawn("")) == [
        "low recency, high amount max",
        "low recency, high amount max (s-0002)",
        "s-0003",
    ]


def test_a_segment_nobody_was_seen_in_is_described_by_zeros() -> None:
    nobody = segment_stats("s-0001", "", "", np.zeros(0), np.zeros(0), np.zeros((0, 2)), [])
    (empty,) = describe([nobody], FEATURES)
    assert (empty.name, empty.size, empty.share, empty.cohesion) == ("s-0001", 0, 0.0, 0.0)
    assert describe([], FEATURES) == ()


def test_a_model_is_renamed_in_one_segment_and_given_back_to_its_top_terms() -> None:
    plain = word_model()
    terms = (("milk", "tea", "soda", "water"), (), ("bread",))
    model = replace(plain, descriptions=tuple(Description("as it was", t) for t in terms))
    published_names = renamed(model, "s-0001", "Thirsty")
    assert [(d.name, d.edited) for d in published_names.descriptions] == [
        ("Thirsty", True),
        ("as it was", False),
        ("as it was", False),
    ]
    assert renamed(published_names, "s-0001", "").descriptions[0] == replace(
        model.descriptions[0], name="milk, tea, soda"
    )
    assert renamed(model, "s-0002", "").name_of("s-0002") == "s-0002"


def test_a_name_given_back_is_nobody_elses() -> None:
    terms = ("milk", "tea", "soda", "water")
    others = ("tea, soda, milk", "milk, tea, soda, water")
    model = word_model()
    for expected_segments, own in (
        (0, "milk, tea, soda"),
        (1, "milk, tea, soda, water"),
        (2, "milk, tea, soda, water (s-0001)"),
    ):
        names = (*others[:expected_segments], "bread", "shoes")[:2]
        described = (Description("Thirsty", terms, edited=True), *(Description(name) for name in names))
        assert renamed(replace(model, descriptions=described), "s-0001", "").name_of("s-0001") == own
