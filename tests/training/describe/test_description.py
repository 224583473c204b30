"""Descriptions and names of segments, by examples worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stream.core.description import Description, Phrase
from stream.training.describe.description import SegmentStats, describe, rename_segment, segment_stats
from tests.core.builders import word_model

FEATURES = ("amount_max", "recency")


def stats_of(
    terms: str,
    name: str = "",
    given: str = "",
    deviations: tuple[float, float] = (0.0, 0.0),
    n_users: float = 10,
    segment: str = "s-0001",
) -> SegmentStats:
    """Return statistics in which nine users mention each of `terms`, the first slightly more than the next."""
    words = {word: 9.0 - at / 10 for at, word in enumerate(terms.split())}
    return SegmentStats(segment, n_users, 2.0, np.array(deviations), words, name, given)


def phrases_of(*texts: str) -> tuple[Phrase, ...]:
    return tuple(Phrase(text, 0.0) for text in texts)


def names(*stats: SegmentStats) -> list[str]:
    """Return the names of segments s-0001, s-0002, ... with these statistics."""
    numbered = [replace(each, segment=f"s-{i:04d}") for i, each in enumerate(stats, 1)]
    return [d.name for d in describe(numbered, FEATURES)]


def test_stats_count_members_by_weight_and_terms_by_sampled_user() -> None:
    deviations, texts = np.array([[1.0, 0.0], [4.0, -2.0]]), [("milk",), ("milk tea", "tea")]
    found = segment_stats("s-0007", np.array([3.0, 1.0]), np.array([1.0, 5.0]), deviations, texts)
    assert (found.n_users, found.deviations.tolist()) == (4.0, [1.75, -0.5])  # (3 * 1 + 4) / 4, -2 / 4
    assert found.cohesion == pytest.approx(7**0.5)  # the root of (3 * 1 + 25) / 4
    assert found.mentions == {"milk": 2, "tea": 1}


def test_a_description_has_size_share_cohesion_and_the_strongest_features() -> None:
    soda = stats_of("soda cola", deviations=(0.5, -2.0), n_users=30.4)
    first, second = describe([soda, stats_of("bread", n_users=9.6)], FEATURES)
    assert (first.n_users, round(first.share, 9), first.cohesion) == (30, 0.76, 2.0)
    assert first.features == (("recency", -2.0), ("amount_max", 0.5))
    assert [[phrase.text for phrase in d.phrases] for d in (first, second)] == [["soda", "cola"], ["bread"]]
    assert (first.edited, second.edited) == (False, False)


def test_a_name_is_the_top_three_terms() -> None:
    assert names(stats_of("soda cola lemonade water"), stats_of("面包")) == ["soda, cola, lemonade", "面包"]


def test_two_generated_names_never_have_the_same_words() -> None:
    first, second = names(stats_of("soda cola water tea"), stats_of("soda cola water tea"))
    assert (first, second) == ("soda, cola, water", "soda, cola, water, tea")
    assert names(stats_of("soda"), stats_of("soda")) == ["soda", "soda (s-0002)"]


def test_a_published_name_stays_while_its_words_are_top_terms() -> None:
    assert names(stats_of("soda cola water tea", name="tea, cola, soda")) == ["tea, cola, soda"]
    assert names(stats_of("soda cola water tea", name="tea, cola, beer")) == ["soda, cola, water"]
    assert names(stats_of("soda cola water tea", name="soda")) == ["soda, cola, water"]


def test_a_published_name_precedes_the_generated_name_of_another_segment() -> None:
    first, second = names(stats_of("soda cola water tea"), stats_of("tea cola soda water", name="soda, cola, water"))
    assert (first, second) == ("soda, cola, water, tea", "soda, cola, water")


def test_an_operators_name_stays_whatever_the_terms_are() -> None:
    (found,) = describe([stats_of("soda cola water", name="soda, cola, water", given="Thirsty, all of them")], FEATURES)
    assert (found.name, found.edited) == ("Thirsty, all of them", True)
    assert names(stats_of("soda", given="soda"), stats_of("soda", given="soda"), stats_of("soda")) == [
        "soda",
        "soda",
        "soda (s-0003)",
    ]


def test_without_terms_the_features_name_a_segment_and_without_those_its_id() -> None:
    silent = stats_of("", deviations=(0.6, -1.2))
    assert names(silent, silent, stats_of("")) == [
        "low recency, high amount max",
        "low recency, high amount max (s-0002)",
        "s-0003",
    ]


def test_a_segment_without_members_is_described_by_zeros() -> None:
    empty_stats = segment_stats("s-0001", np.zeros(0), np.zeros(0), np.zeros((0, 2)), [])
    (empty,) = describe([empty_stats], FEATURES)
    assert (empty.name, empty.n_users, empty.share, empty.cohesion) == ("s-0001", 0, 0.0, 0.0)
    assert describe([], FEATURES) == ()


def test_a_rename_changes_one_segment_and_an_empty_name_restores_its_top_terms() -> None:
    plain = word_model()
    terms = (("milk", "tea", "soda", "water"), (), ("bread",))
    model = replace(plain, descriptions=tuple(Description("as it was", phrases_of(*t)) for t in terms))
    renamed = rename_segment(model, "s-0001", "Thirsty")
    assert [(d.name, d.edited) for d in renamed.descriptions] == [
        ("Thirsty", True),
        ("as it was", False),
        ("as it was", False),
    ]
    assert rename_segment(renamed, "s-0001", "").descriptions[0] == replace(
        model.descriptions[0], name="milk, tea, soda"
    )
    assert rename_segment(model, "s-0002", "").name_of("s-0002") == "s-0002"


def test_a_restored_name_is_that_of_no_other_segment() -> None:
    terms = ("milk", "tea", "soda", "water")
    others = ("tea, soda, milk", "milk, tea, soda, water")
    model = word_model()
    for n_used, own in (
        (0, "milk, tea, soda"),
        (1, "milk, tea, soda, water"),
        (2, "milk, tea, soda, water (s-0001)"),
    ):
        names = (*others[:n_used], "bread", "shoes")[:2]
        described = (Description("Thirsty", phrases_of(*terms), edited=True), *(Description(name) for name in names))
        assert rename_segment(replace(model, descriptions=described), "s-0001", "").name_of("s-0001") == own
