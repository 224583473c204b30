"""Evidence against the closed formula |u - a|^2 - |u - b|^2, in double precision, item by item."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stream.core.arrays import Floats
from stream.core.event import Event
from stream.core.features import registry
from stream.core.output import Evidence
from stream.core.policy import Policy
from stream.core.segment_model import SegmentModel
from tests.core.builders import MODEL, POLICY, START_MS, WORDS, event_at, stack_windows, window_with, word_model
from tests.specification.evaluation import EvaluatedBatch, evaluate
from tests.specification.evidence import explain_move
from tests.specification.features import features_of
from tests.specification.window import Window

NOW_MS = 20
WIDE = replace(POLICY, window_items=8)
N_FEATURES = len(MODEL.features)
ROUNDING = 1e-6  # of all parts, in single precision: a smaller gain may be a difference of 0
ENDS = ("s-0001", "s-0002", "s-0003", "pending", "unknown", "inactive", "s-0099")


def weighed(
    window: Window, from_segment: str, to_segment: str, model: SegmentModel = MODEL, policy: Policy = WIDE
) -> tuple[Evidence, EvaluatedBatch]:
    """The evidence of a window in the second row of a batch, and what it was made from."""
    windows = stack_windows([window_with(event_at(0, "bread")), window], NOW_MS, policy, fill=99)
    evaluated = evaluate(windows, features_of(policy), [model] * 2, policy)
    return explain_move(evaluated, 1, window.items, from_segment, to_segment, policy), evaluated


def ends(u: Floats, from_segment: str, to_segment: str) -> tuple[Floats, Floats]:
    """The points a and b of a move."""
    places = dict(zip(MODEL.ids, MODEL.centroids.astype(np.float64), strict=True))
    mean = sum(places.values()) / len(places)
    return places.get(from_segment, mean), places.get(to_segment, u)


def events_of(drawn: list[tuple[int, str, str]]) -> list[Event]:
    return [event_at(at, text, event_id=f"e{i}", kind=kind, amount=2.0 * i) for i, (at, text, kind) in enumerate(drawn)]


moves = st.tuples(st.sampled_from(ENDS), st.sampled_from(ENDS)).filter(lambda move: move[0] != move[1])
words = st.lists(
    st.tuples(st.integers(0, 19), st.sampled_from((*WORDS, "")), st.sampled_from(("view", "buy"))),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60)
@given(drawn=words, move=moves)
def test_features_are_the_largest_gains_in_the_difference_of_squared_distances(
    drawn: list[tuple[int, str, str]], move: tuple[str, str]
) -> None:
    evidence, evaluated = weighed(window_with(*events_of(drawn), policy=WIDE), *move)
    u = evaluated.u[1].astype(np.float64)
    a, b = ends(u, *move)
    gains = (u - a) ** 2 - (u - b) ** 2
    assert gains.sum() == pytest.approx(((u - a) ** 2).sum() - ((u - b) ** 2).sum(), abs=1e-9)
    semantic = gains[N_FEATURES:].sum()
    total = np.abs(gains[:N_FEATURES]).sum() + abs(semantic)
    assume(total > 1e-3)
    assert evidence.semantic_contribution == pytest.approx(semantic / total, rel=1e-3, abs=1e-5)
    largest = sorted((max(g / total, 0.0) for g in gains[:N_FEATURES]), reverse=True)[:3]
    reported = [moving.contribution for moving in evidence.features]
    assert min(reported, default=1.0) > 0
    assert reported + [0.0] * (3 - len(reported)) == pytest.approx(largest, rel=1e-3, abs=1e-6)
    for moving in (each for each in evidence.features if each.contribution > ROUNDING):
        at = MODEL.features.index(moving.name)
        assert moving.contribution == pytest.approx(gains[at] / total, rel=1e-3, abs=1e-6)
        assert moving.value == moving.deviations == evaluated.raw.explicit[1, at]  # mean 0, scale 1
        is_telling = (b - a)[at] * moving.deviations > 0 and len(drawn) > 1
        words = registry(WIDE)[moving.name].words(moving.value, moving.deviations)
        assert moving.words == (words if is_telling else "")


@settings(max_examples=60)
@given(drawn=words, move=moves)
def test_items_are_the_largest_linear_parts_of_the_pull_summed_by_text(
    drawn: list[tuple[int, str, str]], move: tuple[str, str]
) -> None:
    window = window_with(*events_of(drawn), policy=WIDE)
    evidence, evaluated = weighed(window, *move)
    u = evaluated.u[1].astype(np.float64)
    a, b = ends(u, *move)
    pull = (b - a)[N_FEATURES:]
    parts: dict[str, float] = {}
    size, mean = 0.0, np.zeros(len(pull))
    for row, item in zip(window.columns[: len(window)], window.items, strict=True):
        weight = 2.0 ** (-(START_MS + NOW_MS - int(row["time_ms"])) / WIDE.half_life_ms)
        vector = weight * float(row["scale"]) * row["vector"].astype(np.float64)
        parts[item.text] = parts.get(item.text, 0.0) + float(vector @ pull)
        size += abs(float(vector @ pull))
        mean += vector
    assume(size > 1e-3)
    assert sum(parts.values()) == pytest.approx(np.linalg.norm(mean) * (evaluated.raw.semantic[1] @ pull), abs=1e-4)
    largest = sorted((part / size for part in parts.values() if part / size > 1e-4), reverse=True)[:3]
    reported = [moving for moving in evidence.items if moving.contribution > 1e-4]
    assert [moving.contribution for moving in reported] == pytest.approx(largest, rel=1e-2, abs=1e-4)
    for moving in reported:
        assert moving.contribution == pytest.approx(parts[moving.text] / size, rel=1e-2, abs=1e-4)
        assert moving.ids == tuple(item.id for item in window.items if item.text == moving.text)


def test_the_strongest_text_comes_first_with_all_its_events() -> None:
    window = window_with(event_at(1, "milk"), event_at(17, "bread"), event_at(18, "bread", kind="buy"), policy=WIDE)
    evidence, _ = weighed(window, "s-0001", "s-0002")
    assert (evidence.items[0].text, evidence.items[0].ids) == ("bread", ("e17", "e18"))
    assert evidence.features == tuple(sorted(evidence.features, key=lambda moving: -moving.contribution))


def test_items_of_a_text_have_their_kinds_and_times() -> None:
    events = event_at(3, "bread"), event_at(9, "milk"), event_at(17, "bread", kind="buy"), event_at(18, "bread")
    evidence, _ = weighed(window_with(*events, policy=WIDE), "s-0001", "s-0002")
    bread = evidence.items[0]
    assert (bread.kinds, bread.ids) == (("view", "buy"), ("e3", "e17", "e18"))
    assert (bread.first_ms, bread.last_ms) == (START_MS + 3, START_MS + 18)


def test_a_move_towards_ordinary_values_has_no_words() -> None:
    purchase = window_with(*(event_at(at, "bread", kind="buy") for at in (17, 18)), policy=WIDE)
    outwards, evaluated = weighed(purchase, "s-0001", "unknown")  # from viewers of milk to the user itself
    moving = {each.name: each.words for each in outwards.features}
    assert moving["share_buy"] == "many buy events"
    buyer = replace(MODEL, centroids=MODEL.centroids.copy())
    buyer.centroids[0] = evaluated.u[1]
    buyer.centroids[0, N_FEATURES - 2] += 9.0  # share_buy far above the user's
    inwards, _ = weighed(purchase, "s-0001", "unknown", buyer)
    assert {each.name: each.words for each in inwards.features} == {"share_buy": ""}


def test_one_item_shows_no_habit() -> None:
    evidence, _ = weighed(window_with(event_at(17, "bread", kind="buy"), policy=WIDE), "s-0001", "unknown")
    assert evidence.features
    assert {each.words for each in evidence.features} == {""}


def test_without_permission_for_texts_only_ids_are_published() -> None:
    silent = replace(WIDE, evidence_texts=False)
    evidence, _ = weighed(window_with(event_at(17, "bread"), policy=WIDE), "s-0001", "s-0002", policy=silent)
    assert [(moving.text, moving.ids) for moving in evidence.items] == [("", ("e17",))]


def test_a_first_result_on_the_only_centroid_has_no_evidence() -> None:
    alone = word_model(("milk",))
    evidence, _ = weighed(window_with(event_at(0)), "pending", "s-0001", alone)  # the mean of one centroid is itself
    assert evidence == Evidence()
