"""A new warm-up after an upgrade: a new encoder's segments keep the ids of those that held the same people, and no id
is used again with another meaning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stream.core.output import Sample
from stream.core.segment_model import SegmentModel
from stream.training.steps.train import command, train
from stream.training.values.commands import Rename, Rollback
from stream.training.values.lineage import Lineage
from stream.training.values.promotion import Promotion, Status
from stream.training.values.state import Memory, TrainerState
from tests.core.planted import N_SEMANTIC, PlantedPopulation, assign_samples, bits
from tests.training.harness import course_of, policy_of

N = 60
SHARES = (0.6, 0.4)


def warm_up(samples: list[Sample], former: Memory | None = None) -> Memory:
    policy = policy_of(N, n_segments=2)
    return train(former or Memory(), samples, course_of(policy, samples[0].encoder)).memory


def state(memory: Memory) -> TrainerState:
    assert memory.state is not None
    return memory.state


def serving(memory: Memory) -> SegmentModel:
    return memory.models[state(memory).serving]


def lineage(samples: list[Sample], former: Memory) -> tuple[Lineage, ...]:
    """The lineage that this warm-up brings."""
    policy = policy_of(N, n_segments=2)
    (promotion,) = (
        o for o in train(former, samples, course_of(policy, samples[0].encoder)).outputs if isinstance(o, Promotion)
    )
    return promotion.lineage


def people(encoder: str) -> list[Sample]:
    """60 people of two groups, not in any segment yet."""
    return [replace(sample, encoder=encoder) for sample in PlantedPopulation(SHARES).draw(N)[0]]


def again(known: Memory, encoder: str) -> list[Sample]:
    """The same people as another encoder sees them, each in the segment that `known` put them in."""
    samples = people(state(known).encoder)
    labels, _ = assign_samples(serving(known), samples)
    turn = np.linalg.qr(np.random.default_rng(len(encoder)).normal(size=(N_SEMANTIC, N_SEMANTIC)))[0]
    return [
        replace(s, encoder=encoder, segment=serving(known).ids[at], semantic=(s.semantic @ turn).astype("f4"))
        for s, at in zip(samples, labels.tolist(), strict=True)
    ]


@pytest.fixture(scope="module")
def first() -> Memory:
    return warm_up(people("e1"))


def test_segments_that_hold_the_same_people_keep_their_ids_and_names(first: Memory) -> None:
    second = warm_up(again(first, "e2"), first)
    assert serving(second).ids == serving(first).ids == ("s-0001", "s-0002")
    assert [d.name for d in serving(second).descriptions] == [d.name for d in serving(first).descriptions]
    assert [(e.segment, e.event, e.segment_model) for e in lineage(again(first, "e2"), first)] == [
        ("s-0001", "survived", 2), ("s-0002", "survived", 2),
    ]  # fmt: skip
    assert (serving(second).version, serving(second).encoder, state(second).next_id) == (2, "e2", 3)


def test_a_name_given_by_hand_survives_another_encoder(first: Memory) -> None:
    config = course_of(policy_of(N, n_segments=2))
    named = command(first, Rename("ann", "s-0002", "Bakers"), config).memory
    second = warm_up(again(first, "e2"), named)
    assert (serving(second).version, serving(second).name_of("s-0002")) == (3, "Bakers")
    third = warm_up(people("e3"), second)  # nobody known: the name goes with its segment
    assert (state(third).names, "Bakers" in [d.name for d in serving(third).descriptions]) == ({}, False)


def test_a_surviving_segment_is_called_as_before_while_its_words_still_hold(first: Memory) -> None:
    turned = {i: ", ".join(reversed(name.split(", "))) for i, name in state(first).published_names.items()}
    second = warm_up(again(first, "e2"), replace(first, state=replace(state(first), published_names=turned)))
    assert turned != state(first).published_names
    assert {i: serving(second).name_of(i) for i in serving(second).ids} == turned


def test_an_id_follows_its_people_when_the_order_of_sizes_turns(first: Memory) -> None:
    #  60 people    36 in s-0001, 24 in s-0002; then 20 of the larger group are not seen again
    samples = again(first, "e2")
    larger = [s for s in samples if s.segment == "s-0001"]
    samples = [s for s in samples if s not in larger[:20]] + [
        replace(s, user=f"v{at}", segment="") for at, s in enumerate(s for s in samples if s.segment == "s-0002")
    ][:20]
    second = warm_up(samples, first)
    assert serving(second).ids == ("s-0002", "s-0001")
    assert serving(second).name_of("s-0001") == serving(first).name_of("s-0001")


def test_who_is_sampled_again_and_again_counts_once_and_by_the_newest_sample(first: Memory) -> None:
    #  group 0    36 people in s-0001; ten of them were sampled twice before, when they were still in s-0002
    #  group 1    4 people in s-0002, who would not be half of it if those samples counted
    groups = [[s for s in again(first, "e2") if s.segment == segment] for segment in ("s-0001", "s-0002")]
    early = [replace(s, segment="s-0002") for s in groups[0][:10]]
    second = warm_up([*early, *early, *groups[0], *groups[1][:4]], first)
    assert serving(second).ids == ("s-0001", "s-0002")
    assert [d.n_users for d in serving(second).descriptions] == [36, 4]


def test_with_nobody_in_common_versions_and_ids_go_on_where_the_former_state_ended(first: Memory) -> None:
    #  version   1                    2                    3
    #  encoder   e1                   e2                   e3
    #  ids       s-0001  s-0002       s-0003  s-0004       s-0005  s-0006
    second = warm_up(people("e2"), first)
    third = warm_up(people("e3"), second)
    assert [serving(memory).version for memory in (first, second, third)] == [1, 2, 3]
    assert (serving(second).ids, state(second).next_id) == (("s-0003", "s-0004"), 5)
    assert serving(third).ids == ("s-0005", "s-0006")
    told = [(event.segment, event.event, event.segment_model) for event in lineage(people("e2"), first)]
    assert told == [("s-0001", "retired", 2), ("s-0002", "retired", 2), ("s-0003", "born", 2), ("s-0004", "born", 2)]


def test_a_group_that_is_new_is_born_beside_those_that_survive(first: Memory) -> None:
    #  former    s-0001 (group 0)   s-0002 (group 1)
    #  now       s-0001             s-0003 (people never seen before, in the place of group 1)
    samples = [s if s.segment == "s-0001" else replace(s, user=f"new {s.user}", segment="") for s in again(first, "e2")]
    assert serving(warm_up(samples, first)).ids == ("s-0001", "s-0003")
    assert [(e.segment, e.event) for e in lineage(samples, first)] == [
        ("s-0002", "retired"), ("s-0001", "survived"), ("s-0003", "born"),
    ]  # fmt: skip


def test_nothing_that_was_learned_is_kept(first: Memory) -> None:
    fresh, second = state(warm_up(people("e2"))), state(warm_up(people("e2"), first))
    for name in (
        "scaler",
        "centroids",
        "counts",
        "thresholds",
        "separated_pairs",
        "underpopulated_since_ms",
        "proposed",
        "health",
    ):
        assert bits(getattr(second, name)) == bits(getattr(fresh, name))
    assert set(warm_up(people("e2"), first).reservoir) == {s.user for s in people("e2")}


def test_nobody_goes_back_to_a_model_of_another_encoder(first: Memory) -> None:
    second = warm_up(again(first, "e2"), first)
    assert set(second.models) == {2}
    told = command(second, Rollback("ann"), course_of(policy_of(N, n_segments=2), "e2"))
    (decision,) = told.outputs
    assert isinstance(decision, Promotion)
    assert decision.status == Status.REFUSED


def test_training_goes_on_after_a_succession_without_any_more_lineage(first: Memory) -> None:
    second = warm_up(again(first, "e2"), first)
    third = train(second, again(first, "e2"), course_of(policy_of(N, n_segments=2), "e2"))
    assert third.memory.state is not None
    assert (third.memory.state.ids, third.outputs) == (("s-0001", "s-0002"), ())
    assert third.memory.state.counts.sum() == 2 * N
