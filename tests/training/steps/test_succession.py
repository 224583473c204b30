"""A new warm-up after an upgrade: a new encoder's segments keep the ids of those that held the same users, and no id
is used again with another meaning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stream.core.output import Sample
from stream.training.steps.train import execute, train
from stream.training.values.commands import Rename, Rollback
from stream.training.values.lineage import Lineage
from stream.training.values.outputs import TrainResult
from stream.training.values.promotion import Promotion, Status
from stream.training.values.state import TrainerState
from tests.core.planted import N_SEMANTIC, PlantedPopulation, assign_samples, bits
from tests.training.harness import config_of, policy_of

N = 60
SHARES = (0.6, 0.4)


def warm_up(samples: list[Sample], previous: TrainerState | None = None) -> TrainerState:
    policy = policy_of(N, n_segments=2)
    return known_state(train(previous, samples, config_of(policy, samples[0].encoder)))


def known_state(result: TrainResult) -> TrainerState:
    assert result.state is not None
    return result.state


def lineage(samples: list[Sample], previous: TrainerState) -> tuple[Lineage, ...]:
    """The lineage that this warm-up brings."""
    policy = policy_of(N, n_segments=2)
    (promotion,) = (
        o for o in train(previous, samples, config_of(policy, samples[0].encoder)).outputs if isinstance(o, Promotion)
    )
    return promotion.lineage


def new_samples(encoder: str) -> list[Sample]:
    """60 users of two groups, not in any segment yet."""
    return [replace(sample, encoder=encoder) for sample in PlantedPopulation(SHARES).draw(N)[0]]


def again(known: TrainerState, encoder: str) -> list[Sample]:
    """The same users as another encoder sees them, each in the segment that `known` put them in."""
    samples = new_samples(known.segments.encoder)
    labels, _ = assign_samples(known.serving_model, samples)
    turn = np.linalg.qr(np.random.default_rng(len(encoder)).normal(size=(N_SEMANTIC, N_SEMANTIC)))[0]
    return [
        replace(s, encoder=encoder, segment=known.serving_model.ids[at], semantic=(s.semantic @ turn).astype("f4"))
        for s, at in zip(samples, labels.tolist(), strict=True)
    ]


@pytest.fixture(scope="module")
def first() -> TrainerState:
    return warm_up(new_samples("e1"))


def test_segments_that_hold_the_same_users_keep_their_ids_and_names(first: TrainerState) -> None:
    second = warm_up(again(first, "e2"), first)
    assert second.serving_model.ids == first.serving_model.ids == ("s-0001", "s-0002")
    assert [d.name for d in second.serving_model.descriptions] == [d.name for d in first.serving_model.descriptions]
    assert [(e.segment, e.event, e.segment_model) for e in lineage(again(first, "e2"), first)] == [
        ("s-0001", "survived", 2),
        ("s-0002", "survived", 2),
    ]
    assert (second.serving_model.version, second.serving_model.encoder, second.segments.next_id) == (2, "e2", 3)


def test_a_name_set_by_an_operator_survives_another_encoder(first: TrainerState) -> None:
    config = config_of(policy_of(N, n_segments=2))
    named = execute(first, Rename("ann", "s-0002", "Bakers"), config).state
    second = warm_up(again(first, "e2"), named)
    assert (second.serving_model.version, second.serving_model.name_of("s-0002")) == (3, "Bakers")
    third = warm_up(new_samples("e3"), second)  # no user is known: the name goes with its segment
    assert (third.segments.names, "Bakers" in [d.name for d in third.serving_model.descriptions]) == ({}, False)


def test_a_surviving_segment_keeps_its_name_while_its_people_say_it(first: TrainerState) -> None:
    turned = {"s-0001": "Cola & soda", "s-0002": "Rolls & bread"}
    second = warm_up(again(first, "e2"), replace(first, segments=replace(first.segments, published_names=turned)))
    assert turned != first.segments.published_names
    assert {i: second.serving_model.name_of(i) for i in second.serving_model.ids} == turned


def test_an_id_follows_its_users_when_the_order_of_sizes_changes(first: TrainerState) -> None:
    #  60 users    36 in s-0001, 24 in s-0002; then 20 of the larger group are not seen again
    samples = again(first, "e2")
    larger = [s for s in samples if s.segment == "s-0001"]
    samples = [s for s in samples if s not in larger[:20]] + [
        replace(s, user=f"v{at}", segment="") for at, s in enumerate(s for s in samples if s.segment == "s-0002")
    ][:20]
    second = warm_up(samples, first)
    assert second.serving_model.ids == ("s-0002", "s-0001")
    assert second.serving_model.name_of("s-0001") == first.serving_model.name_of("s-0001")


def test_a_user_sampled_several_times_counts_once_by_the_newest_sample(first: TrainerState) -> None:
    #  group 0    36 users in s-0001; ten of them were sampled twice before, when they were still in s-0002
    #  group 1    4 users in s-0002, who would not be half of it if those samples counted
    groups = [[s for s in again(first, "e2") if s.segment == segment] for segment in ("s-0001", "s-0002")]
    early = [replace(s, segment="s-0002") for s in groups[0][:10]]
    second = warm_up([*early, *early, *groups[0], *groups[1][:4]], first)
    assert second.serving_model.ids == ("s-0001", "s-0002")
    assert [d.n_users for d in second.serving_model.descriptions] == [36, 4]


def test_without_common_users_versions_and_ids_continue_from_the_previous_state(first: TrainerState) -> None:
    #  version   1                    2                    3
    #  encoder   e1                   e2                   e3
    #  ids       s-0001  s-0002       s-0003  s-0004       s-0005  s-0006
    second = warm_up(new_samples("e2"), first)
    third = warm_up(new_samples("e3"), second)
    assert [memory.serving_model.version for memory in (first, second, third)] == [1, 2, 3]
    assert (second.serving_model.ids, second.segments.next_id) == (("s-0003", "s-0004"), 5)
    assert third.serving_model.ids == ("s-0005", "s-0006")
    found = [(event.segment, event.event, event.segment_model) for event in lineage(new_samples("e2"), first)]
    assert found == [("s-0001", "retired", 2), ("s-0002", "retired", 2), ("s-0003", "born", 2), ("s-0004", "born", 2)]


def test_a_new_cluster_is_born_beside_segments_that_survive(first: TrainerState) -> None:
    #  before    s-0001 (group 0)   s-0002 (group 1)
    #  now       s-0001             s-0003 (users never seen before, in the place of group 1)
    samples = [s if s.segment == "s-0001" else replace(s, user=f"new {s.user}", segment="") for s in again(first, "e2")]
    assert warm_up(samples, first).serving_model.ids == ("s-0001", "s-0003")
    assert [(e.segment, e.event) for e in lineage(samples, first)] == [
        ("s-0002", "retired"),
        ("s-0001", "survived"),
        ("s-0003", "born"),
    ]


def test_a_new_generation_keeps_nothing_learned(first: TrainerState) -> None:
    fresh, second = warm_up(new_samples("e2")), warm_up(new_samples("e2"), first)
    for name in ("scaler", "centroids", "counts", "thresholds", "separated_pairs", "underpopulated_since_ms"):
        assert bits(getattr(second.segments, name)) == bits(getattr(fresh.segments, name))
    assert (second.rollout, second.health) == (fresh.rollout, fresh.health)
    assert set(warm_up(new_samples("e2"), first).users.reservoir) == {s.user for s in new_samples("e2")}


def test_a_rollback_to_a_model_of_another_encoder_is_refused(first: TrainerState) -> None:
    second = warm_up(again(first, "e2"), first)
    assert set(second.registry.models) == {2}
    result = execute(second, Rollback("ann"), config_of(policy_of(N, n_segments=2), "e2"))
    (decision,) = result.outputs
    assert isinstance(decision, Promotion)
    assert decision.status == Status.REFUSED


def test_training_continues_after_a_new_generation_without_more_lineage(first: TrainerState) -> None:
    second = warm_up(again(first, "e2"), first)
    third = train(second, again(first, "e2"), config_of(policy_of(N, n_segments=2), "e2"))
    assert (known_state(third).segments.ids, third.outputs) == (("s-0001", "s-0002"), ())
    assert known_state(third).segments.counts.sum() == 2 * N
