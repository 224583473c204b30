"""Users about to move, by hand: a model of two segments at 0 and 4 on the first axis, both with the threshold 3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stream.core.description import Description
from stream.core.scaler import Scaler
from stream.core.segment_model import SegmentModel
from stream.store.queries.samples import NearMove, near_moves
from stream.training.values.promotion import Cause, Promotion, Status, Trigger
from stream.wire.promotions import promotion_messages
from stream.wire.segment_models import model_message
from tests.store.builders import T0, Log, stored

IDS = ("s-0001", "s-0002")


def model(encoder: str = "e1") -> SegmentModel:
    """The model; the scaler leaves the first feature nearly as it is."""
    zero, one = np.zeros(2), np.ones(2)
    scaler = Scaler(zero, one * 1e-9, 1e9, 1.0, np.zeros(2, np.float32), 1.0, 1.0, 0.0)
    centroids = np.array([[0.0, 0, 0, 0], [4.0, 0, 0, 0]], np.float32)
    named = tuple(Description(segment) for segment in IDS)
    return SegmentModel(1, encoder, ("f", "g"), scaler, IDS, centroids, np.array([3.0, 3.0]), named)


def serving(log: Log, encoder: str = "e1") -> None:
    """The model and the decision that lets it serve."""
    decision = Promotion(1, 0, Status.PROMOTED, Trigger.WARM_UP, Cause.WARM_UP, time_ms=T0)
    for message in (model_message(model(encoder)), *promotion_messages(decision)):
        log.add(message.topic, message.key, message.value, headers=message.headers)


@pytest.fixture
def unscaled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A space that is the raw profile: distances can be worked out by hand."""
    monkeypatch.setattr(
        Scaler, "transform", lambda _, raw: np.hstack([raw.explicit, np.zeros((len(raw.explicit), 2))]).astype("f4")
    )


def store_of(tmp_path: Path, users: dict[str, tuple[str, float]], **fields: Any) -> Any:
    """A store of users in a segment each, whose profile is at a place of the first axis."""
    log = Log()
    serving(log)
    for segment in IDS:
        log.entry(segment=segment)
    log.change(user="first", target="s-0001", margin=0.2)
    log.change(user="second", target="s-0002", margin=0.1, time_ms=T0 + 1)
    for user, (segment, x) in users.items():
        log.member(user=user, segment=segment, since_ms=T0)
        log.sample(user=user, x=x, **fields)
    return stored(tmp_path, log)


@pytest.mark.usefixtures("unscaled")
def test_margins_are_those_of_the_rule(tmp_path: Path) -> None:
    users = {
        "stays": ("s-0001", 0.5),
        "near": ("s-0001", 1.9),
        "ahead": ("s-0001", 2.5),
        "far": ("s-0002", 7.5),
        "lost": ("unknown", 3.5),
        "gone": ("inactive", 0.0),
        "pinned": ("vip", 0.0),
    }
    found = {each.user: each for each in near_moves(store_of(tmp_path, users), 10)}
    assert set(found) == {"stays", "near", "ahead", "far", "lost"}
    ahead = found["ahead"]
    assert ahead == NearMove("ahead", "s-0001", "s-0002", 2.5, 1.5, ahead.margin, 0.1, True, T0)
    near, far, lost = found["near"], found["far"], found["lost"]
    assert (near.next_segment, near.margin_required, near.is_ahead) == ("s-0002", 0.1, False)
    assert (far.next_segment, far.margin_required, far.is_ahead) == ("unknown", 0.1, True)  # the last margin told
    assert (lost.next_segment, lost.margin_required, lost.is_ahead) == ("s-0002", 0.0, True)
    margins = [each.margin for each in (ahead, near, far, lost)]
    assert margins == pytest.approx([1 - 1.5 / 2.5, 1 - 2.1 / 1.9, 3.5 / 3 - 1, 1 - 0.5 / 3])
    assert not found["stays"].is_ahead


@pytest.mark.usefixtures("unscaled")
def test_the_nearest_come_first(tmp_path: Path) -> None:
    users = {"c": ("s-0001", 0.1), "b": ("s-0001", 1.5), "a": ("s-0001", 2.9)}
    assert [each.user for each in near_moves(store_of(tmp_path, users), 2)] == ["a", "b"]


@pytest.mark.usefixtures("unscaled")
def test_a_profile_of_before_the_last_change_says_nothing(tmp_path: Path) -> None:
    store = store_of(tmp_path, {"ann": ("s-0001", 2.9)}, time_ms=T0 - 1)
    assert near_moves(store, 10) == []


def test_without_a_model_of_these_profiles_nobody_is_about_to_move(tmp_path: Path) -> None:
    log = Log()
    log.sample()
    log.member()
    (tmp_path / "other").mkdir()
    assert near_moves(stored(tmp_path, log), 10) == []
    serving(log, encoder="e2")
    assert near_moves(stored(tmp_path / "other", log), 10) == []
