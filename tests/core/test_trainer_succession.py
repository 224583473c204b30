"""A new warm-up after an upgrade: a new encoder's segments keep the ids of those that held the same people, and no id
is used again with another meaning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stream.core.output import Sample
from stream.core.training.policy import TrainingPolicy
from stream.core.training.train import Trained, train
from tests.core.planted import FEATURES, N_SEMANTIC, Population, bits, see

POLICY = TrainingPolicy(n_segments=2, warm_up_samples=60, batch_samples=20)
SHARES = (0.6, 0.4)


def warm_up(samples: list[Sample], former: Trained | None = None) -> Trained:
    trained = train(None, samples, POLICY, 0.7, FEATURES, former=former.state if former else None)
    assert trained is not None
    return trained


def people(encoder: str) -> list[Sample]:
    """60 people of two groups, not in any segment yet."""
    return [replace(sample, encoder=encoder) for sample in Population(SHARES).draw(60)[0]]


def again(known: Trained, encoder: str) -> list[Sample]:
    """The same people as another encoder sees them, each in the segment that `known` put them in."""
    samples = people(known.state.encoder)
    labels, _ = see(known.segment_model, samples)
    turn = np.linalg.qr(np.random.default_rng(len(encoder)).normal(size=(N_SEMANTIC, N_SEMANTIC)))[0]
    return [
        replace(s, encoder=encoder, segment=known.segment_model.ids[at], semantic=(s.semantic @ turn).astype("f4"))
        for s, at in zip(samples, labels.tolist(), strict=True)
    ]


def test_segments_that_hold_the_same_people_keep_their_ids_and_names() -> None:
    first = warm_up(people("e1"))
    second = warm_up(again(first, "e2"), first)
    assert second.segment_model.ids == first.segment_model.ids == ("s-0001", "s-0002")
    assert [d.name for d in second.segment_model.descriptions] == [d.name for d in first.segment_model.descriptions]
    assert [(e.segment, e.event, e.model_version) for e in second.lineage] == [
        ("s-0001", "survived", 2), ("s-0002", "survived", 2),
    ]  # fmt: skip
    assert (second.segment_model.version, second.segment_model.encoder, second.state.next_id) == (2, "e2", 3)


def test_a_surviving_segment_is_called_as_before_while_its_words_still_hold() -> None:
    first = warm_up(people("e1"))
    turned = [", ".join(reversed(portrait.name.split(", "))) for portrait in first.state.portraits]
    portraits = tuple(replace(p, name=name) for p, name in zip(first.state.portraits, turned, strict=True))
    former = replace(first, state=replace(first.state, portraits=portraits))
    second = warm_up(again(first, "e2"), former)
    assert turned != [d.name for d in first.segment_model.descriptions]
    assert [d.name for d in second.segment_model.descriptions] == turned


def test_an_id_follows_its_people_when_the_order_of_sizes_turns() -> None:
    #  60 people    36 in s-0001, 24 in s-0002; then 20 of the larger group are not seen again
    first = warm_up(people("e1"))
    samples = again(first, "e2")
    larger = [s for s in samples if s.segment == "s-0001"]
    samples = [s for s in samples if s not in larger[:20]] + [
        replace(s, user=f"v{at}", segment="") for at, s in enumerate(s for s in samples if s.segment == "s-0002")
    ][:20]
    second = warm_up(samples, first)
    assert second.segment_model.ids == ("s-0002", "s-0001")
    assert second.segment_model.name_of("s-0001") == first.segment_model.name_of("s-0001")


def test_who_is_sampled_again_and_again_counts_once_and_by_the_newest_sample() -> None:
    #  group 0    36 people in s-0001; ten of them were sampled twice before, when they were still in s-0002
    #  group 1    4 people in s-0002, who would not be half of it if those samples counted
    first = warm_up(people("e1"))
    groups = [[s for s in again(first, "e2") if s.segment == segment] for segment in ("s-0001", "s-0002")]
    early = [replace(s, segment="s-0002") for s in groups[0][:10]]
    second = warm_up([*early, *early, *groups[0], *groups[1][:4]], first)
    assert second.segment_model.ids == ("s-0001", "s-0002")


def test_with_nobody_in_common_versions_and_ids_go_on_where_the_former_state_ended() -> None:
    #  version   1                    2
    #  encoder   e1                   e2
    #  ids       s-0001  s-0002       s-0003  s-0004
    first = warm_up(people("e1"))
    second = warm_up(people("e2"), first)
    third = warm_up(people("e3"), second)
    assert [t.segment_model.version for t in (first, second, third)] == [1, 2, 3]
    assert (second.segment_model.ids, second.state.next_id) == (("s-0003", "s-0004"), 5)
    assert third.segment_model.ids == ("s-0005", "s-0006")
    told = [(event.segment, event.event, event.model_version) for event in second.lineage]
    assert told == [("s-0001", "retired", 2), ("s-0002", "retired", 2), ("s-0003", "born", 2), ("s-0004", "born", 2)]
    assert [event.event for event in first.lineage] == ["born", "born"]


def test_a_group_that_is_new_is_born_beside_those_that_survive() -> None:
    #  former    s-0001 (group 0)   s-0002 (group 1)
    #  now       s-0001             s-0003 (people never seen before, in the place of group 1)
    first = warm_up(people("e1"))
    samples = [s if s.segment == "s-0001" else replace(s, user=f"new {s.user}", segment="") for s in again(first, "e2")]
    second = warm_up(samples, first)
    assert second.segment_model.ids == ("s-0001", "s-0003")
    assert [(e.segment, e.event) for e in second.lineage] == [
        ("s-0002", "retired"), ("s-0001", "survived"), ("s-0003", "born"),
    ]  # fmt: skip


def test_nothing_that_was_learned_is_kept() -> None:
    fresh, second = warm_up(people("e2")), warm_up(people("e2"), warm_up(people("e1")))
    for name in ("scaler", "centroids", "counts", "distances", "n_samples"):
        assert bits(getattr(second.state, name)) == bits(getattr(fresh.state, name))


def test_training_goes_on_after_a_succession_without_any_more_lineage() -> None:
    first = warm_up(people("e1"))
    second = warm_up(again(first, "e2"), first)
    third = train(second.state, again(first, "e2")[:20], POLICY, 0.7, FEATURES, former=second.state)
    assert third is not None
    assert (third.segment_model.ids, third.segment_model.version, third.lineage) == (("s-0001", "s-0002"), 3, ())
