from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stream.core.description import Description
from stream.core.model_difference import SegmentDifference, differences
from stream.core.profile import Profiles
from stream.core.scaler import Scaler
from stream.core.segment_model import SegmentModel
from tests.core.builders import plain_scaler

RNG = np.random.default_rng(5)
FEATURES = ("recency", "amount_mean")
RAW = Profiles(RNG.normal(5, 2, (3, 2)), RNG.normal(size=(3, 4)).astype(np.float32), np.full(3, 9, np.float32))
SCALER = plain_scaler(2, 4)
OTHER = plain_scaler(2, 4, 0.4)


def model(
    ids: tuple[str, ...] = ("s-0001", "s-0002", "s-0003"), scaler: Scaler = SCALER, raw: Profiles = RAW
) -> SegmentModel:
    """A segment on each of these raw profiles, all with threshold 2."""
    described = tuple(Description(f"name of {segment}", n_users=10) for segment in ids)
    thresholds = np.full(len(ids), 2.0)
    return SegmentModel(1, "e1", FEATURES, scaler, ids, scaler.transform(raw), thresholds, described)


def moved(before: SegmentModel, after: SegmentModel) -> dict[str, float | None]:
    return {difference.segment: difference.moved for difference in differences(before, after)}


def test_a_segment_of_one_model_alone_is_retired_or_born() -> None:
    before, after = model(), model(ids=("s-0004", "s-0003", "s-0001"))
    assert [(d.segment, d.before is None, d.after is None) for d in differences(before, after)] == [
        ("s-0001", False, False),
        ("s-0002", False, True),
        ("s-0003", False, False),
        ("s-0004", True, False),
    ]
    retired, born = differences(before, after)[1], differences(before, after)[3]
    assert retired == SegmentDifference("s-0002", before.descriptions[1], None, None)
    assert born == SegmentDifference("s-0004", None, after.descriptions[0], None)


def test_the_centroid_shift_is_in_thresholds() -> None:
    before = model()
    step = np.array([[0, 0, 1, 2, 2, 0], [0] * 6, [0] * 6], np.float32)  # 1² + 2² + 2² = 3²
    after = replace(before, centroids=before.centroids + step)
    assert moved(before, after) == pytest.approx({"s-0001": 1.5, "s-0002": 0.0, "s-0003": 0.0}, abs=1e-5)


def test_the_centroid_shift_compares_segments_by_id_not_by_row() -> None:
    turned = RAW.rows([2, 1, 0])
    after = model(ids=("s-0003", "s-0002", "s-0001"), raw=turned)
    assert moved(model(), after) == pytest.approx({"s-0001": 0.0, "s-0002": 0.0, "s-0003": 0.0}, abs=1e-5)


@pytest.mark.parametrize(
    "change", [{"encoder": "e2"}, {"features": ("recency", "burst")}, {"scaler": OTHER}], ids=lambda c: next(iter(c))
)
def test_models_of_different_spaces_have_no_centroid_shift(change: dict[str, object]) -> None:
    assert set(moved(model(), replace(model(), **change)).values()) == {None}  # type: ignore[arg-type]


def test_models_without_a_common_segment_have_no_centroid_shift() -> None:
    found = moved(model(), model(ids=("s-0004", "s-0005", "s-0006")))
    assert found == dict.fromkeys(["s-0001", "s-0002", "s-0003", "s-0004", "s-0005", "s-0006"])
