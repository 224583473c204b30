"""Descriptions and names of segments: figures by hand, names of people who say real things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from stream.core.description import Description, Phrase
from stream.training.describe.description import SegmentStats, describe, rename_segment, segment_stats
from stream.training.describe.names import can_be_told_apart, n_meanings
from tests.core.builders import word_model
from tests.training.describe.shop_texts import CHINESE, ENGLISH, GERMAN, People, people

FEATURES = ("amount_mean", "weekend_share")


def stats_of(
    segments: People, deviations: Sequence[tuple[float, float]] = (), explicit: tuple[float, float] = (3.0, 0.8)
) -> list[SegmentStats]:
    """Return statistics of segments s-0001, s-0002, ... with these people."""
    found = []
    for at, texts in enumerate(segments):
        n, own = len(texts), np.array(deviations[at] if deviations else (0.0, 0.0))
        raw = np.tile(explicit, (n, 1))
        found.append(segment_stats(f"s-{at + 1:04d}", np.ones(n), np.ones(n), raw, np.tile(own, (n, 1)), texts))
    return found


def published(stats: Sequence[SegmentStats], names: Sequence[str]) -> list[SegmentStats]:
    """Return the statistics of segments published under these names."""
    return [replace(each, published_name=name) for each, name in zip(stats, names, strict=True)]


def names(stats: Sequence[SegmentStats]) -> list[str]:
    return [described.name for described in describe(stats, FEATURES)]


def test_stats_count_members_by_weight() -> None:
    explicit, deviations = np.array([[4.0, 0.5], [8.0, 0.9]]), np.array([[1.0, 0.0], [4.0, -2.0]])
    texts = [("milk",), ("milk tea", "tea")]
    found = segment_stats("s-0007", np.array([3.0, 1.0]), np.array([1.0, 5.0]), explicit, deviations, texts)
    assert (found.n_users, found.deviations.tolist()) == (4.0, [1.75, -0.5])  # (3 * 1 + 4) / 4, -2 / 4
    assert found.explicit.tolist() == pytest.approx([5.0, 0.6])
    assert found.cohesion == pytest.approx(7**0.5)  # the root of (3 * 1 + 25) / 4
    assert found.texts == texts


def test_a_description_has_size_share_cohesion_and_the_strongest_features() -> None:
    stats = stats_of(people(ENGLISH, n=20)[:2], [(0.5, -2.0), (0.0, 0.0)])
    first, second = describe([replace(stats[0], n_users=30.4), replace(stats[1], n_users=9.6)], FEATURES)
    assert (first.n_users, round(first.share, 9), first.cohesion) == (30, 0.76, 1.0)
    assert first.features == (("weekend_share", -2.0), ("amount_mean", 0.5))
    assert (first.edited, second.edited) == (False, False)


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        (ENGLISH, [("aby food", "iapers"), ("awn mower", "arden hose"), ("iPhone case", "harger")]),
        (GERMAN, [("asenmäher", "artenschlauch"), ("ratpfanne",), ("rucker",)]),
        (CHINESE, [("瑜伽垫",), ("电饭锅",), ("婴儿奶粉",)]),
    ],
    ids=["English", "German", "Chinese"],
)
def test_names_hold_the_words_of_their_people(groups: dict[str, tuple[str, ...]], words: list[tuple[str, ...]]) -> None:
    for seed in range(3):
        found = names(stats_of(people(groups, seed=seed)))
        for at, (name, expected) in enumerate(zip(found, words, strict=True)):
            assert all(word in name for word in expected)
            assert n_meanings(name) >= 2
            assert all(can_be_told_apart(name, other) for other in found[:at])


def test_phrases_and_texts_are_of_several_people() -> None:
    for described, texts in zip(describe(stats_of(people(ENGLISH)), FEATURES), ENGLISH.values(), strict=True):
        assert len(described.texts) == 3
        assert set(described.texts) <= set(texts)
        assert described.phrases


def test_a_name_does_not_change_with_the_days_sample() -> None:
    first = names(stats_of(people(ENGLISH, seed=0)))
    for seed in range(1, 6):
        other = published(stats_of(people(ENGLISH, seed=seed, n=20)), first)
        assert names(other) == first
    assert [names(stats_of(people(ENGLISH, seed=seed, n=20))) for seed in range(1, 6)] != [first] * 5


def test_a_name_changes_with_its_people_and_only_then() -> None:
    baby, garden, phone = stats_of(people(ENGLISH))
    before = names([baby, garden, phone])
    moved = published([replace(garden, segment="s-0001"), replace(baby, segment="s-0002"), phone], before)
    after = names(moved)
    assert "Lawn mower" in after[0]
    assert "aby food" in after[1]
    assert after[2] == before[2]


def test_a_name_goes_when_half_of_its_people_have_left() -> None:
    stats = stats_of(people(ENGLISH))
    named = published(stats, ["Strollers & diapers", "Lawn mower & seeds", "iPhone case & charger"])
    assert names(named)[0] == "Strollers & diapers"
    assert names([replace(named[0], persisted=0.4), *named[1:]])[0] == names(stats)[0]


def test_a_name_of_behaviour_stays_while_the_behaviour_does() -> None:
    crowd = people({"all": tuple(text for texts in ENGLISH.values() for text in texts)})[0]
    halves = [crowd, crowd]
    named = names(stats_of(halves, [(0.0, 2.0), (2.0, 0.0)]))
    assert named == ["Small amounts & weekends", "Large amounts"]  # 0.8 is no small share of weekends
    weaker = published(stats_of(halves, [(0.0, 1.2), (1.2, 0.0)]), named)
    assert names(weaker) == named
    turned = published(stats_of(halves, [(2.0, 0.0), (0.0, 2.0)]), named)
    assert names(turned)[0] == "Large amounts"


def test_behaviour_is_said_beside_the_texts() -> None:
    found = describe(stats_of(people(ENGLISH), [(0.0, 2.4), (0.0, 0.0), (0.0, 0.0)]), FEATURES)
    assert [described.behaviour for described in found] == [("weekends",), (), ()]
    assert "Weekends" not in found[0].name


def test_a_segment_without_sampled_people_keeps_its_words() -> None:
    baby, garden, phone = stats_of(people(ENGLISH))
    old = Description("Baby food & diapers", (Phrase("baby food", 1.0),), ("baby food please",), ("weekends",))
    gone = replace(baby, texts=(), n_users=0.0, published_name=old.name, published=old)
    found = describe([gone, garden, phone], FEATURES)[0]
    assert (found.name, found.phrases, found.texts, found.behaviour) == (
        old.name,
        old.phrases,
        old.texts,
        old.behaviour,
    )
    assert found.n_users == 0


def test_an_operators_name_stays_and_others_avoid_it() -> None:
    baby, garden, phone = stats_of(people(ENGLISH))
    given = replace(baby, operator_name="Lawn mower & garden hose", published_name="Baby food")
    found = describe([given, garden, phone], FEATURES)
    assert (found[0].name, found[0].edited) == ("Lawn mower & garden hose", True)
    assert can_be_told_apart(found[0].name, found[1].name)


def test_a_segment_alone_is_of_all_users() -> None:
    assert names(stats_of(people(ENGLISH)[:1])) == ["All users"]
    assert describe([], FEATURES) == ()


def test_the_order_of_texts_and_segments_does_not_matter() -> None:
    stats = stats_of(people(ENGLISH))
    found = {of.segment: described for of, described in zip(stats, describe(stats, FEATURES), strict=True)}
    turned = [replace(of, texts=[tuple(reversed(texts)) for texts in reversed(of.texts)]) for of in reversed(stats)]
    again = {of.segment: described for of, described in zip(turned, describe(turned, FEATURES), strict=True)}
    assert found == again


def test_a_rename_changes_one_segment_and_an_empty_name_restores_its_own() -> None:
    plain = word_model()
    phrases = ((Phrase("fresh milk", 1.0), Phrase("tea", 0.8)), (), (Phrase("bread", 1.0), Phrase("rolls", 0.9)))
    model = replace(plain, descriptions=tuple(Description("as it was", each) for each in phrases))
    renamed = rename_segment(model, "s-0001", "Thirsty")
    assert [(d.name, d.edited) for d in renamed.descriptions] == [
        ("Thirsty", True),
        ("as it was", False),
        ("as it was", False),
    ]
    assert rename_segment(renamed, "s-0001", "").descriptions[0] == replace(
        model.descriptions[0], name="Fresh milk & tea"
    )
    assert rename_segment(model, "s-0002", "").name_of("s-0002") == "Mixed interests"


def test_a_restored_name_is_that_of_no_other_segment() -> None:
    model = word_model(("milk", "tea"))
    described = (Description("Thirsty", (Phrase("milk", 1.0), Phrase("tea", 0.9))), Description("Tea & milk"))
    restored = rename_segment(replace(model, descriptions=described), "s-0001", "")
    assert restored.name_of("s-0001") == "Mostly milk"
