"""A new warm-up after an upgrade: a new encoder's segments are new, and no id is used again."""

from __future__ import annotations

from dataclasses import replace

from stream.core.policy import TrainingPolicy
from stream.core.training import Trained, train
from tests.core.planted import FEATURES, Population, bits

POLICY = TrainingPolicy(n_segments=2, warm_up_samples=60, batch_samples=20)


def warm_up(encoder: str, former: Trained | None = None) -> Trained:
    samples = [replace(sample, encoder=encoder) for sample in Population((0.6, 0.4)).draw(60)[0]]
    trained = train(None, samples, POLICY, 0.7, FEATURES, former=former.state if former else None)
    assert trained is not None
    return trained


def test_versions_and_ids_go_on_where_the_former_state_ended() -> None:
    #  version   1                    2
    #  encoder   e1                   e2
    #  ids       s-0001  s-0002       s-0003  s-0004
    first = warm_up("e1")
    second = warm_up("e2", first)
    third = warm_up("e3", second)
    assert [t.segment_model.version for t in (first, second, third)] == [1, 2, 3]
    assert (second.segment_model.ids, second.state.next_id) == (("s-0003", "s-0004"), 5)
    assert third.segment_model.ids == ("s-0005", "s-0006")


def test_everything_before_is_retired_and_everything_now_is_born() -> None:
    first = warm_up("e1")
    second = warm_up("e2", first)
    told = [(event.segment, event.event, event.model_version) for event in second.lineage]
    assert told == [("s-0001", "retired", 2), ("s-0002", "retired", 2), ("s-0003", "born", 2), ("s-0004", "born", 2)]
    assert [event.event for event in first.lineage] == ["born", "born"]


def test_nothing_that_was_learned_is_kept() -> None:
    fresh, second = warm_up("e2"), warm_up("e2", warm_up("e1"))
    for name in ("scaler", "centroids", "counts", "distances", "n_samples"):
        assert bits(getattr(second.state, name)) == bits(getattr(fresh.state, name))
