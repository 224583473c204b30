"""The sentence of a change, rule by rule, worked by hand."""

from __future__ import annotations

from dataclasses import replace
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.output import Certainty, Change, Evidence, MovingFeature, MovingItems
from stream.core.sentence.change_sentence import change_sentence
from stream.core.transition import Rule
from tests.core.builders import POLICY, event_at, records_with, word_model
from tests.core.recorder import run_steps
from tests.core.sentence.builders import CHANGE, certainty, changed, evidence, feature

WHY = "bought “strained peaches” ×2 and “diapers” (3 items in 2 days)"


def test_a_move_says_where_to_why_where_from_and_how_clearly() -> None:
    assert change_sentence(CHANGE) == f"moved to Baby: {WHY}; was: Snacks; it fits 8% better than Frozen"


def test_a_lead_over_the_segment_left_is_said_beside_it() -> None:
    change = replace(CHANGE, certainty=certainty(runner_up="snacks", margin=0.19))
    assert change_sentence(change) == f"moved to Baby: {WHY}; was: Snacks, which fits 19% worse"


def test_a_lead_below_half_a_percent_is_hardly_one() -> None:
    assert change_sentence(replace(CHANGE, certainty=certainty(margin=0.004))).endswith(
        "; it fits hardly better than Frozen"
    )
    assert change_sentence(replace(CHANGE, certainty=certainty(margin=0.006))).endswith(
        "; it fits 1% better than Frozen"
    )


def test_the_only_segment_is_ahead_of_none() -> None:
    change = replace(CHANGE, certainty=certainty(runner_up="baby", margin=0.0))
    assert change_sentence(change) == f"moved to Baby: {WHY}; was: Snacks"


def test_behaviour_of_a_move_is_of_now() -> None:
    change = replace(CHANGE, evidence=evidence(feature("weekends"), feature("large amounts"), semantic=0.05))
    assert change_sentence(change).startswith("moved to Baby: now weekends, large amounts; was: Snacks")


UNKNOWN_WHY = "farther from the nearest (Baby) than its members are"
BEYOND = "farther from it than its members are, and no other is nearer"
NOTHING = "no events left in the window"


DECIDED = [
    (Rule.ENTERED, "pending", "baby", f"is now in Baby: {WHY}; it fits 8% better than Frozen"),
    (Rule.ENTERED, "pending", "unknown", f"fits no segment: {UNKNOWN_WHY}; {WHY}"),
    (Rule.UNKNOWN, "snacks", "unknown", f"fits no segment: {UNKNOWN_WHY}; {WHY}; was: Snacks"),
    (Rule.UNKNOWN, "baby", "unknown", f"no longer fits Baby: {BEYOND}; {WHY}"),
    (Rule.KNOWN, "unknown", "baby", f"moved to Baby: {WHY}; fitted no segment before; it fits 8% better than Frozen"),
    (Rule.RETURNED, "inactive", "baby", f"is back, now in Baby: {WHY}; it fits 8% better than Frozen"),
    (Rule.RETURNED, "inactive", "unknown", f"is back and fits no segment: {UNKNOWN_WHY}; {WHY}"),
    (Rule.RETIRED, "snacks", "baby",
     f"moved to Baby: {WHY}; was: Snacks, which no longer exists; it fits 8% better than Frozen"),
    (Rule.RETIRED, "snacks", "unknown",
     f"fits no segment: {UNKNOWN_WHY}; {WHY}; was: Snacks, which no longer exists"),
    (Rule.UNPINNED, "staff", "baby",
     f"is no longer pinned, now in Baby: {WHY}; was: Staff; it fits 8% better than Frozen"),
    (Rule.UNPINNED, "staff", "unknown",
     f"is no longer pinned and fits no segment: {UNKNOWN_WHY}; {WHY}; was: Staff"),
]  # fmt: skip
UNDECIDED = [
    (Rule.INACTIVE, "snacks", "inactive", "", f"is inactive: {NOTHING}; was: Snacks"),
    (Rule.INACTIVE, "unknown", "inactive", "", f"is inactive: {NOTHING}; fitted no segment before"),
    (Rule.UNPINNED, "staff", "inactive", "", f"is no longer pinned and is inactive: {NOTHING}; was: Staff"),
    (Rule.PINNED, "snacks", "staff", "job=clerk", "is pinned to Staff: declared job=clerk; was: Snacks"),
    (Rule.PINNED, "pending", "staff", "job=clerk", "is pinned to Staff: declared job=clerk"),
    (Rule.PINNED, "inactive", "staff", "job=clerk", "is pinned to Staff: declared job=clerk; was inactive"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "from_", "to", "sentence"), DECIDED)
def test_every_rule_with_a_decision_of_distances_has_its_sentence(
    rule: Rule, from_: str, to: str, sentence: str
) -> None:
    assert change_sentence(changed(rule, from_, to)) == sentence


@pytest.mark.parametrize(("rule", "from_", "to", "pinned_by", "sentence"), UNDECIDED)
def test_every_rule_without_distances_has_its_sentence(
    rule: Rule, from_: str, to: str, pinned_by: str, sentence: str
) -> None:
    change = changed(rule, from_, to, pinned_by=pinned_by, certainty=None, evidence=Evidence())
    assert change_sentence(change) == sentence


def test_every_rule_is_tried() -> None:
    assert {CHANGE.rule} | {row[0] for row in DECIDED} | {row[0] for row in UNDECIDED} == set(Rule)


def test_names_of_any_language_pass_unchanged_and_long_ones_are_cut() -> None:
    change = replace(
        CHANGE, from_name="零食与饮料", to_name="Baby food, diapers, wipes, bottles and all that goes with them"
    )
    assert change_sentence(change).startswith("moved to Baby food, diapers, wipes, bottles and all that…: bought")
    assert "; was: 零食与饮料; " in change_sentence(change)


def test_a_step_without_permission_for_texts_leaks_none_into_the_sentence() -> None:
    records = records_with(event_at(0, "milk"), event_at(10, "bread", kind="purchase"))
    sentences = []
    for policy in (POLICY, replace(POLICY, evidence_texts=False)):
        changes = run_steps(records, policy, model=word_model(threshold=9.0)).changes()
        sentences.append(" ".join(change_sentence(replace(each, to_name="A", from_name="B")) for each in changes))
    assert "“milk”" in sentences[0]
    assert "“" not in sentences[1]
    assert "viewed 1 item" in sentences[1]


texts = st.text(max_size=60) | st.text(st.characters(categories=("Cc", "Cf", "Zl", "Zp", "Lo", "Mn")), max_size=60)
shares = st.floats(-1, 1)
moving_items = st.builds(
    MovingItems,
    text=texts,
    kinds=st.lists(texts | st.sampled_from(("view", "purchase")), min_size=1, max_size=2, unique=True).map(tuple),
    ids=st.lists(texts, min_size=1, max_size=3).map(tuple),
    first_ms=st.integers(0, 10**9),
    last_ms=st.integers(10**9, 10**11),
    contribution=shares,
)
moving_features = st.builds(MovingFeature, texts, texts, shares, shares, shares)
segment_ids = st.sampled_from(("baby", "frozen", "snacks", "pending", "unknown", "inactive"))
changes = st.builds(
    Change,
    user=texts,
    sequence=st.just(1),
    from_segment=segment_ids,
    to_segment=segment_ids,
    from_name=texts,
    to_name=texts,
    rule=st.sampled_from(Rule),
    certainty=st.none() | st.builds(Certainty, segment_ids, texts, shares, shares, segment_ids, texts, shares, shares),
    margin_required=st.just(0.1),
    dwell_ms=st.just(0),
    dwell_required_ms=st.just(0),
    evidence=st.builds(
        Evidence,
        st.lists(moving_items, max_size=3).map(tuple),
        st.lists(moving_features, max_size=3).map(tuple),
        shares,
    ),
    pinned_by=texts,
)


@settings(max_examples=100)
@given(change=changes)
def test_no_sentence_is_empty_or_holds_a_control_character(change: Change) -> None:
    sentence = change_sentence(change)
    assert sentence
    assert sentence == " ".join(sentence.split())
    assert not {category(character) for character in sentence} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(sentence) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
    assert len(sentence) < 600
