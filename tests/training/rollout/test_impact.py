"""The impact of a model: predictions equal `decide`, and examples worked by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.arrays import Floats
from stream.core.assignment import Assignment
from stream.core.decision.overrides import Margins, Override
from stream.core.description import Description
from stream.core.output import Sample
from stream.core.policy import Policy
from stream.core.profile import Profiles
from stream.core.reserved import INACTIVE, PENDING, UNKNOWN
from stream.core.segment_model import SegmentModel, distances
from stream.core.transition import MembershipState
from stream.training.rollout.impact import Impact, predict_segments, transitions_to
from stream.training.sample.population import Population
from stream.training.values.promotion import SegmentTransition
from stream.training.values.reservoir import ReservoirEntry
from tests.core.builders import plain_scaler
from tests.core.planted import MASS
from tests.specification.transition import decide

PLAIN = replace(plain_scaler(1, 1, 0.5), explicit_scale=np.full(1, 10.0))
UNIT = float(np.sqrt(0.5)) / 10  # of the axis: both halves weigh the same


def line(*centroids: float, thresholds: tuple[float, ...] = (), first: int = 1) -> SegmentModel:
    """Segments on the axis of the explicit half."""
    k = len(centroids)
    places = np.zeros((k, 2), np.float32)
    places[:, 0] = np.array(centroids) * UNIT
    ids = tuple(f"s-{number:04d}" for number in range(first, first + k))
    limits = np.array(thresholds or (1.0,) * k) * UNIT
    return SegmentModel(1, "e1", ("f",), PLAIN, ids, places, limits, tuple(Description(i) for i in ids))


def on_line(*at: float) -> Profiles:
    """Users on the axis."""
    return Profiles(np.array(at)[:, None], np.zeros((len(at), 1), np.float32), np.full(len(at), MASS, np.float32))


def impact(
    serving: SegmentModel,
    model: SegmentModel,
    raw: Profiles,
    current_segments: Sequence[str],
    weights: Floats,
    margins: Margins,
) -> Impact:
    """Return the impact on users with these profiles, each in a segment."""
    samples = [
        Sample(f"u{at}", 0, explicit, semantic, MASS, semantic, (), "e1", segment)
        for at, (explicit, semantic, segment) in enumerate(
            zip(raw.explicit, raw.semantic, current_segments, strict=True)
        )
    ]
    entries = [ReservoirEntry(sample, sample.segment, 0.5) for sample in samples]
    x = model.scaler.transform(raw).astype(np.float64)
    return transitions_to(model, serving, Population(entries, list(current_segments), raw, x, weights), margins)


OVERRIDES = (
    Override("s-0001", leave_margin=0.9),
    Override("s-0001", margin=0.0),
    Override("s-0002", margin=0.5, leave_margin=0.3),
    Override("s-0003", dwell_ms=0),
    Override("unknown", margin=0.8),
)


@given(
    seed=st.integers(0, 1 << 16),
    k=st.integers(1, 5),
    margin=st.sampled_from((0.0, 0.1, 0.5)),
    overrides=st.lists(st.sampled_from(OVERRIDES), unique_by=lambda override: override.segment).map(tuple),
)
def test_predictions_equal_decide_without_a_dwell(
    seed: int, k: int, margin: float, overrides: tuple[Override, ...]
) -> None:
    rng = np.random.default_rng(seed)
    centroids = rng.normal(size=(k, 2)).astype(np.float32)
    ids = tuple(f"s-{number:04d}" for number in range(1, k + 1))
    descriptions = tuple(Description(segment) for segment in ids)
    model = SegmentModel(1, "e1", ("f",), PLAIN, ids, centroids, rng.uniform(0.3, 1.5, k), descriptions)
    mass = rng.uniform(1, 9, 30).astype(np.float32)
    raw = Profiles(10 * rng.normal(size=(30, 1)), rng.normal(size=(30, 1)).astype(np.float32), mass)
    current_segments = rng.choice([PENDING, INACTIVE, UNKNOWN, *ids], 30).tolist()
    policy = Policy(min_items=1, dwell_ms=0, margin=margin, overrides=overrides)
    assert predict_segments(model, raw, current_segments, Margins(margin, overrides)) == [
        decided(model, raw, at, s, policy) for at, s in enumerate(current_segments)
    ]


def decided(model: SegmentModel, raw: Profiles, at: int, segment: str, policy: Policy) -> str:
    """Return the segment of one user after `decide`."""
    seen = distances(model.scaler.transform(raw), model.centroids)[at]
    order = np.argsort(seen, kind="stable").tolist()
    assignment = Assignment(seen.tolist(), order[0], order[min(1, len(order) - 1)])
    state, transition = decide(MembershipState(segment), assignment, 1, 0, model, policy)
    return transition.to_segment if transition else state.segment


def test_an_override_keeps_users_in_their_segment_by_hand() -> None:
    #  serving   s-0001 at 0                 s-0002 at 10
    #  new       s-0001 at 0    s-0002 at 8
    #  user                 5: nearer to s-0002 at 8 by two fifths
    serving, model = line(0, 10, thresholds=(20, 20)), line(0, 8, thresholds=(20, 20))
    loose, sticky = Margins(0.1), Margins(0.1, (Override.parse("s-0001:leave_margin=0.5"),))
    assert [impact(serving, model, on_line(5), ["s-0001"], np.ones(1), m).share_moved for m in (loose, sticky)] == [
        1.0,
        0.0,
    ]
    #  and who is hard to let in stays, who is let out easily goes
    into, out = (
        Margins(0.5, (Override.parse("s-0002:margin=0.3"),)),
        Margins(0.5, (Override.parse("s-0001:leave_margin=0.3"),)),
    )
    assert [predict_segments(model, on_line(5), ["s-0001"], m) for m in (Margins(0.5), into, out)] == [
        ["s-0001"],
        ["s-0002"],
        ["s-0002"],
    ]


def test_a_user_without_a_segment_of_the_model_is_predicted_in_the_nearest() -> None:
    model = line(0, 10)
    assert predict_segments(model, on_line(0.5, 9.5, 5), ["", "s-0009", "s-0009"], Margins(0.2)) == [
        "s-0001",
        "s-0002",
        UNKNOWN,
    ]


def test_the_margin_keeps_users_in_their_segment_by_hand() -> None:
    #  s-0001 at 0, s-0002 at 10, both reach 20 far; a challenger must be nearer by a fifth
    #  at            4.5        5.5                   5.6                6.0
    #  nearest       s-0001     s-0002, 4.5 of 5.5    4.4 = 0.8 * 5.5    4.0 of 6.0
    model = line(0, 10, thresholds=(20.0, 20.0))
    assert predict_segments(model, on_line(4.5, 5.5, 6.0), ["s-0001"] * 3, Margins(0.2)) == [
        "s-0001",
        "s-0001",
        "s-0002",
    ]
    #  beyond the threshold of 1 only what is beyond 1.2 is lost, and no user is let in
    model = line(0, 10)
    assert predict_segments(model, on_line(1.1, 1.3, 1.1), ["s-0001", "s-0001", UNKNOWN], Margins(0.2)) == [
        "s-0001",
        UNKNOWN,
        UNKNOWN,
    ]


def test_transitions_are_the_users_that_the_models_predict_differently_by_hand() -> None:
    #  serving   s-0001 at 0            s-0002 at 10
    #  new       s-0001 at 0   s-0003 at 7            (s-0002 is no more)
    #  users    0 stands for 5;  7 and 10 for 1 each;  30 for 3 is unknown to both;  6.5 for 2 becomes known
    serving, model = line(0, 10, thresholds=(1, 4)), line(0, 7, thresholds=(1, 4))
    model = replace(model, ids=("s-0001", "s-0003"))
    raw, current_segments = on_line(0, 7, 10, 30, 5.5), ["s-0001", "s-0002", "s-0002", UNKNOWN, UNKNOWN]
    weights = np.array([5.0, 1.0, 1.0, 3.0, 2.0])
    found = impact(serving, model, raw, current_segments, weights, Margins(0.1))
    assert [(f.from_segment, f.to_segment, f.n_users) for f in found.transitions] == [
        ("s-0002", "s-0003", 2),
        (UNKNOWN, "s-0003", 2),
    ]
    assert [f.share for f in found.transitions] == pytest.approx([2 / 12, 2 / 12])
    assert (found.share_moved, found.share_entered) == pytest.approx((2 / 12, 2 / 12))
    assert found.n_sampled == 5


def test_the_largest_movement_comes_first() -> None:
    serving, model = line(0, 10, 20), line(0, 10, 20, first=4)
    found = impact(
        serving, model, on_line(0, 10, 10, 20), ["s-0001", "s-0002", "s-0002", "s-0003"], np.ones(4), Margins(0.1)
    )
    assert found.transitions == (
        SegmentTransition("s-0002", "s-0005", 2, 0.5),
        SegmentTransition("s-0001", "s-0004", 1, 0.25),
        SegmentTransition("s-0003", "s-0006", 1, 0.25),
    )
    assert found.share_moved == 1.0


def test_the_same_model_moves_no_user() -> None:
    assert impact(
        line(0, 10), line(0, 10), on_line(0, 4, 10), ["s-0001", "", UNKNOWN], np.ones(3), Margins(0.1)
    ) == Impact(n_sampled=3)
