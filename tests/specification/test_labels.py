"""Predicted labels: probabilities against scipy, and hysteresis and pending values by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from stream.core.arrays import Vectors
from stream.core.labels import NO_LABELS, LabelHead, LabelHeads, Prediction, PublishedLabel, PublishedLabels
from tests.core.builders import label_head
from tests.core.planted import bits
from tests.specification.labels import MARGIN, label_probabilities, predict, update_pending

ONE = LabelHeads("v1", (label_head(),))


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
    ("events", "published", "probabilities", "expected"),
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
    events: str, published: str | None, probabilities: tuple[float, ...], expected: str | None
) -> None:
    found = predict(ONE, probabilities, {"diet": PublishedLabel(published)})["diet"]
    assert found == Prediction(expected, max(probabilities)), events


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
    published: list[str | None] = [None]
    for wobble in wobbles:
        probabilities = [p + w * MARGIN for p, w in zip(middle, wobble, strict=True)]
        published.append(predict(labels, probabilities, {"diet": PublishedLabel(published[-1])})["diet"].value)
    assert sum(a != b for a, b in pairwise(published)) <= 1


def test_another_value_is_pending_for_the_dwell_and_an_interruption_restarts_it() -> None:
    #  ms             0     3     7     8     9     13
    #  would say      milk  bread bread milk  bread bread       (dwell 5)
    #  waits since          3     3           9     9
    events = ((0, "milk"), (3, "bread"), (7, "bread"), (8, "milk"), (9, "bread"), (13, "bread"))
    published: PublishedLabels = {"diet": PublishedLabel("milk")}
    for now_ms, value in events:
        waiting = update_pending({"diet": Prediction(value, 0.9)}, published, 1000 + now_ms, 5)
        assert waiting is not None
        published = waiting
    assert published == {"diet": PublishedLabel("milk", "bread", 1009)}
    assert update_pending({"diet": Prediction("bread", 0.9)}, published, 1014, 5) is None
    assert update_pending({"diet": Prediction(None, 0.4)}, published, 1014, 5) == {
        "diet": PublishedLabel("milk", None, 1014)
    }


def test_a_publication_is_due_at_once_without_a_dwell_and_for_a_new_or_removed_label() -> None:
    published = {"diet": PublishedLabel("milk")}
    assert update_pending({"diet": Prediction("bread", 0.9)}, published, 7, 0) is None
    assert update_pending({"diet": Prediction("milk", 0.9)}, published, 7, 0) == published
    assert update_pending({}, published, 7, 5) is None
    assert update_pending({"diet": Prediction("milk", 0.9), "age": Prediction(None, 0.2)}, published, 7, 5) is None
    assert update_pending({}, {}, 7, 5) == {}
