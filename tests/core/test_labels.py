"""Predicted labels: probabilities against scipy, the hysteresis by hand, and when they are said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import softmax

from stream.core.arrays import Vectors
from stream.core.event import Declaration, Erasure, Record
from stream.core.labels import (
    MARGIN,
    NO_LABELS,
    LabelHead,
    LabelHeads,
    Prediction,
    PublishedLabel,
    PublishedLabels,
    label_probabilities,
    predict,
    update_pending,
)
from stream.core.output import Change, Membership
from stream.core.policy import Policy
from tests.core.builders import ENCODER, LABELS, POLICY, START_MS, WALL, event_at, label_head, records_with, word_model
from tests.core.drawn import batch_starts, policies, record_lists
from tests.core.planted import bits
from tests.core.recorder import StepRecorder, run_steps, user_snapshots
from tests.fakes import HashEncoder

SURE = word_model(threshold=9.0)  # nobody is unknown
ONE = LabelHeads("v1", (label_head(),))
label_policies = policies | st.sampled_from([replace(POLICY, dwell_ms=0), replace(WALL, dwell_ms=2)])
CALM = replace(POLICY, window_ms=100, window_items=12, half_life_ms=10**9, min_items=1)


def large_heads(d: int = 128) -> LabelHeads:
    """Heads of 2, 3 and 7 values for profiles of d dimensions."""
    rng = np.random.default_rng(3)
    made = []
    for n in (2, 3, 7):
        weight, bias = rng.normal(0, 4, (d, n)).astype(np.float32), rng.normal(size=n).astype(np.float32)
        made.append(LabelHead(f"of {n}", tuple(str(i) for i in range(n)), weight, bias, 0.5))
    return LabelHeads("large", tuple(made))


def unit_rows(n: int, d: int = 128) -> Vectors:
    rows = np.random.default_rng(n).normal(size=(n, d))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def test_each_head_is_a_softmax_of_its_own() -> None:
    labels, semantic = large_heads(), unit_rows(50)
    found, start = label_probabilities(labels, semantic), 0
    for head in labels.heads:
        wide = semantic.astype(np.float64) @ head.weight.astype(np.float64) + head.bias
        of_head = found[:, start : start + len(head.values)]
        np.testing.assert_allclose(of_head, softmax(wide, axis=1), rtol=1e-5)
        start += len(head.values)
    assert start == found.shape[1] == 12


def test_a_rows_probabilities_do_not_depend_on_the_other_rows() -> None:
    labels, semantic = large_heads(), unit_rows(333)
    together = label_probabilities(labels, semantic)
    for at in range(len(semantic)):
        assert bits(label_probabilities(labels, semantic[at : at + 1])[0]) == bits(together[at])


def test_scores_too_large_for_an_exponential_are_still_probabilities() -> None:
    head = LabelHead("x", ("a", "b"), np.full((1, 2), 1e5, np.float32), np.array([0, 900], np.float32), 0.5)
    assert label_probabilities(LabelHeads("v", (head,)), np.ones((1, 1), np.float32)).tolist() == [[0.0, 1.0]]


def test_without_heads_nothing_is_predicted() -> None:
    assert predict(NO_LABELS, [], {"diet": PublishedLabel("milk")}) == {}


@pytest.mark.parametrize(
    ("story", "published", "probabilities", "said"),
    [
        ("sure enough for the first time", None, (0.6, 0.3, 0.1), "milk"),
        ("not sure enough for the first time", None, (0.59, 0.3, 0.11), None),
        ("still the most probable, a little below the threshold", "milk", (0.56, 0.3, 0.14), "milk"),
        ("still the most probable, a margin below the threshold", "milk", (0.54, 0.3, 0.16), None),
        ("another is sure", "milk", (0.1, 0.8, 0.1), "bread"),
        ("another is ahead and not sure", "milk", (0.4, 0.5, 0.1), None),
        ("a value that the head does not have any more", "wine", (0.7, 0.2, 0.1), "milk"),
    ],
)
def test_a_prediction_with_threshold_0_6_has_hysteresis(
    story: str, published: str | None, probabilities: tuple[float, ...], said: str | None
) -> None:
    found = predict(ONE, probabilities, {"diet": PublishedLabel(published)})["diet"]
    assert found == Prediction(said, max(probabilities)), story


def test_with_a_low_threshold_another_value_must_lead_by_the_margin() -> None:
    #  threshold 0.3    milk    bread
    #  both pass it     0.46    0.48    milk stays, with its own probability
    #                   0.42    0.52    bread
    low = LabelHeads("v1", (label_head(threshold=0.3),))
    assert predict(low, (0.46, 0.48, 0.06), {"diet": PublishedLabel("milk")})["diet"] == Prediction("milk", 0.46)
    assert predict(low, (0.42, 0.52, 0.06), {"diet": PublishedLabel("milk")})["diet"] == Prediction("bread", 0.52)


@given(
    threshold=st.floats(0.1, 1.0),
    middle=st.tuples(*[st.floats(0.0, 1.0)] * 3),
    wobbles=st.lists(st.tuples(*[st.floats(-0.24, 0.24)] * 3), min_size=1, max_size=30),
)
def test_probabilities_that_wobble_by_less_than_half_the_margin_change_a_value_at_most_once(
    threshold: float, middle: tuple[float, ...], wobbles: list[tuple[float, ...]]
) -> None:
    labels = LabelHeads("v1", (label_head(threshold=threshold),))
    said: list[str | None] = [None]
    for wobble in wobbles:
        probabilities = [p + w * MARGIN for p, w in zip(middle, wobble, strict=True)]
        said.append(predict(labels, probabilities, {"diet": PublishedLabel(said[-1])})["diet"].value)
    assert sum(a != b for a, b in pairwise(said)) <= 1


def published_predictions(recorder: StepRecorder) -> list[tuple[str, dict[str, str | None]]]:
    """Memberships as segment and predicted values."""
    found = [m for m in recorder.outputs if isinstance(m, Membership) and m.segment]
    return [(str(m.segment), {label: p.value for label, p in (m.predicted or {}).items()}) for m in found]


def test_another_value_is_pending_for_the_dwell_and_an_interruption_restarts_it() -> None:
    #  ms             0     3     7     8     9     13
    #  would say      milk  bread bread milk  bread bread       (dwell 5)
    #  waits since          3     3           9     9
    story = ((0, "milk"), (3, "bread"), (7, "bread"), (8, "milk"), (9, "bread"), (13, "bread"))
    said: PublishedLabels = {"diet": PublishedLabel("milk")}
    for now_ms, value in story:
        waiting = update_pending({"diet": Prediction(value, 0.9)}, said, 1000 + now_ms, 5)
        assert waiting is not None
        said = waiting
    assert said == {"diet": PublishedLabel("milk", "bread", 1009)}
    assert update_pending({"diet": Prediction("bread", 0.9)}, said, 1014, 5) is None
    assert update_pending({"diet": Prediction(None, 0.4)}, said, 1014, 5) == {
        "diet": PublishedLabel("milk", None, 1014)
    }


def test_a_publication_is_due_at_once_without_a_dwell_and_for_a_new_or_removed_label() -> None:
    said = {"diet": PublishedLabel("milk")}
    assert update_pending({"diet": Prediction("bread", 0.9)}, said, 7, 0) is None
    assert update_pending({"diet": Prediction("milk", 0.9)}, said, 7, 0) == said
    assert update_pending({}, said, 7, 5) is None
    assert update_pending({"diet": Prediction("milk", 0.9), "age": Prediction(None, 0.2)}, said, 7, 5) is None
    assert update_pending({}, {}, 7, 5) == {}


def test_a_membership_is_published_again_for_a_new_predicted_value() -> None:
    #  ms        0      10     11 ... 17 (the segment's margin holds: nobody changes)
    #  ann       milk   bread  bread
    #  would say milk   ?      bread since 12 ─── dwell 5 ──▶ 17
    policy = replace(CALM, margin=0.99)
    recorder = run_steps(
        records_with(event_at(0, "milk"), *(event_at(at, "bread") for at in range(10, 18))), policy, labels=ONE
    )
    first, again = [m for m in recorder.outputs if isinstance(m, Membership)]
    assert published_predictions(recorder) == [("s-0001", {"diet": "milk"}), ("s-0001", {"diet": "bread"})]
    [entered] = recorder.changes()
    assert (again.since_ms, again.sequence, again.name) == (entered.decision_time_ms, 1, "milk")
    assert (again.label_heads, again.segment_model, first.label_heads) == ("v1", 1, "v1")


def test_a_change_publishes_the_current_predictions_without_a_dwell() -> None:
    #  ms          0      10     11     13 - 15        17
    #  ann         milk   bread  bread  shoes
    #  segment     milk          bread since 12 ─────▶ bread    (there is none of shoes)
    #  would say   milk                 shoes since 14 or later, so not for the dwell yet
    shoes = (event_at(at, "shoes") for at in range(13, 16))
    model = word_model(("milk", "bread"), threshold=9.0)
    recorder = run_steps(
        records_with(event_at(0, "milk"), event_at(10, "bread"), event_at(11, "bread"), *shoes), CALM, (), model, ONE
    )
    published = recorder.partition.users["ann"].labels["diet"]
    assert (published.value, published.pending) == ("milk", "shoes")
    assert published.pending_since_ms >= START_MS + 14
    recorder.step([], CALM, model, until_ms=17)
    assert published_predictions(recorder) == [("s-0001", {"diet": "milk"}), ("s-0002", {"diet": "shoes"})]
    assert recorder.partition.users["ann"].labels == {"diet": PublishedLabel("shoes")}


def test_no_membership_is_published_before_the_first_segment() -> None:
    recorder = run_steps(records_with(event_at(0, "milk"), event_at(1, "milk")), replace(CALM, min_items=2), labels=ONE)
    assert published_predictions(recorder) == [("s-0001", {"diet": "milk"})]
    assert published_predictions(run_steps(records_with(event_at(0, "milk")), CALM, model=None, labels=ONE)) == []


def test_without_texts_predictions_are_withdrawn() -> None:
    #  ms       0       9       15 .. (window 10)
    #  ann      milk    (no text)
    #  window   [milk]  [milk, -]   [-]
    policy = replace(CALM, window_ms=10, dwell_ms=1000)
    recorder = run_steps(records_with(event_at(0, "milk"), event_at(9)), policy, model=SURE, labels=ONE)
    recorder.step([], policy, SURE, until_ms=11)
    assert published_predictions(recorder) == [("s-0001", {"diet": "milk"}), ("s-0001", {})]
    assert published_predictions(
        run_steps(records_with(event_at(0)), CALM, model=word_model(("milk",), threshold=9.0), labels=ONE)
    ) == [("s-0001", {})]


class ZeroEncoder(HashEncoder):
    """An encoder to which a text says nothing."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension) zeros."""
        return np.zeros((len(texts), self.dimension), np.float32)


def test_texts_with_zero_vectors_give_no_predictions() -> None:
    recorder = StepRecorder(labels=ONE, encoder=ZeroEncoder(4))
    recorder.step(records_with(event_at(0, "https://example.com")), CALM, SURE)
    assert [values for _, values in published_predictions(recorder)] == [{}]


def test_an_inactive_user_has_no_predictions() -> None:
    recorder = run_steps(records_with(event_at(0, "milk")), POLICY, labels=ONE)
    recorder.step([], POLICY, until_ms=99)
    assert published_predictions(recorder) == [("s-0001", {"diet": "milk"}), ("inactive", {})]


def test_a_declared_trait_and_a_prediction_of_one_name_are_both_published() -> None:
    recorder = run_steps(records_with(Declaration("ann", {"diet": "shoes"}), event_at(0, "milk")), POLICY, labels=ONE)
    (membership,) = [m for m in recorder.outputs if isinstance(m, Membership)]
    assert membership.traits == {"diet": "shoes"}
    assert (membership.predicted or {})["diet"].value == "milk"


def test_new_and_removed_heads_are_published_and_a_new_version_alone_is_not() -> None:
    recorder = run_steps(records_with(event_at(0, "milk")), CALM)
    for at, labels in enumerate((ONE, replace(ONE, version="v2"), NO_LABELS), start=1):
        recorder.labels = labels
        recorder.step([Record(at, 0, event_at(at, "milk"))], CALM)
    assert published_predictions(recorder) == [("s-0001", {}), ("s-0001", {"diet": "milk"}), ("s-0001", {})]


def test_predictions_start_again_after_an_erasure() -> None:
    contents = (event_at(0, "milk"), Erasure("ann"), event_at(1, "milk"))
    recorder = run_steps(records_with(*contents), CALM, labels=ONE)
    assert published_predictions(recorder) == [("s-0001", {"diet": "milk"})] * 2
    assert [m.segment for m in recorder.outputs if isinstance(m, Membership)] == ["s-0001", None, "s-0001"]


def test_predictions_affect_no_profile_and_no_decision() -> None:
    contents = [event_at(at, word) for at, word in enumerate(("milk", "bread", "bread", "shoes", "milk", "milk") * 3)]
    with_labels, without = (
        run_steps(records_with(*contents), CALM, labels=LABELS),
        run_steps(records_with(*contents), CALM),
    )
    of_both = [[o for o in recorder.outputs if not isinstance(o, Membership)] for recorder in (with_labels, without)]
    assert bits(tuple(of_both[0])) == bits(tuple(of_both[1]))


@settings(max_examples=60)
@given(records=record_lists(), policy=label_policies, cuts=batch_starts)
def test_predictions_do_not_depend_on_the_batches(records: list[Record], policy: Policy, cuts: set[int]) -> None:
    whole, cut = run_steps(records, policy, labels=LABELS), run_steps(records, policy, cuts, labels=LABELS)
    assert bits(tuple(cut.outputs)) == bits(tuple(whole.outputs))
    assert user_snapshots(cut.partition) == user_snapshots(whole.partition)


@settings(max_examples=60)
@given(records=record_lists(), policy=label_policies)
def test_the_state_holds_the_last_publication_and_none_is_repeated(records: list[Record], policy: Policy) -> None:
    recorder = run_steps(records, policy, labels=LABELS)
    said: dict[str, dict[str, str | None]] = {}
    changed = False
    for output in recorder.outputs:
        if isinstance(output, Membership):
            values = {label: p.value for label, p in (output.predicted or {}).items()}
            assert output.segment is None or changed or values != said[output.user]
            said[output.user] = {} if output.segment is None else values
        changed = isinstance(output, Change)
    for name, user in recorder.partition.users.items():
        assert {label: each.value for label, each in user.labels.items()} == said.get(name, {})


def test_the_drawn_records_make_predictions_appear_change_and_disappear() -> None:
    """So that the properties above are about something."""
    moves = set()

    @settings(max_examples=500, derandomize=True, database=None)
    @given(records=record_lists(), policy=label_policies)
    def count(records: list[Record], policy: Policy) -> None:
        said: dict[str, str | None] = {}
        for output in run_steps(records, policy, labels=LABELS).outputs:
            if isinstance(output, Membership) and output.predicted:
                value = output.predicted["diet"].value
                moves.add((said.get(output.user, "nothing") or "not sure", value or "not sure"))
                said[output.user] = value

    count()
    assert {("nothing", "milk"), ("milk", "bread"), ("milk", "not sure"), ("not sure", "milk")} <= moves


def test_the_heads_fit_the_dimension_of_the_encoder() -> None:
    assert LABELS.weight.shape == (ENCODER.dimension, 5)
