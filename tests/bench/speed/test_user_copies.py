"""Copies of users have full windows of their own, and the changelog of a restart restores them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.harness.scenario import POLICY
from bench.speed.full_partition import BATCH, FullPartition, Task
from bench.speed.restart import records_of
from bench.speed.user_copies import N_ITEMS, known_texts, templates, user_name
from stream.core.deciding import feature_names
from stream.core.description import Description
from stream.core.partition import PartitionState
from stream.core.profile import quantise
from stream.core.segment_model import SegmentModel
from stream.core.state import StoredItem, UserState
from stream.core.transition import MembershipState
from stream.wire.segment_models import dump_segment_model
from stream.wire.state_rebuilder import StateRebuilder
from tests.core.builders import plain_scaler
from tests.fakes import HashEncoder

ENCODER = HashEncoder(dimension=16)
START_MS = 1_700_000_000_000


def source(number: int, n_items: int = N_ITEMS) -> UserState:
    """Return a user with a segment, and items of one minute each."""
    texts = [f"text {number} of {at}" for at in range(n_items)]
    vectors, scales = quantise(ENCODER.encode(texts))
    items = tuple(
        StoredItem(f"e{at}", "purchase", text, START_MS + 60_000 * at, 2.0, float(scale), vector.tobytes(), at, "hash")
        for at, (text, vector, scale) in enumerate(zip(texts, vectors, scales, strict=True))
    )
    items = tuple(replace(item, encoder=ENCODER.version) for item in items)
    return UserState(items, MembershipState("s-0001", START_MS), n_events=n_items, offset=n_items)


SOURCES = [source(number) for number in range(3)]


def model() -> SegmentModel:
    """Return a model of two segments in the space of the bench's policy."""
    features, d = feature_names(POLICY), ENCODER.dimension
    centroids = np.zeros((2, len(features) + d), np.float32)
    centroids[1] = 1
    described = (Description(name="a"), Description(name="b"))
    scaler = plain_scaler(len(features), d)
    return SegmentModel(
        1, ENCODER.version, features, scaler, ("s-0001", "s-0002"), centroids, np.full(2, 9.0), described
    )


def test_templates_are_users_with_a_segment_and_their_newest_items() -> None:
    partition = PartitionState(POLICY, ENCODER.dimension, ENCODER.version)
    pending = replace(source(2), membership=MembershipState())
    partition.put_all({"long": source(0, 20), "short": source(1, N_ITEMS - 1), "pending": pending})
    (found,) = templates(partition)
    assert [item.text for item in found.items] == [f"text 0 of {at}" for at in range(12, 20)]
    assert [item.slot for item in found.items] == list(range(N_ITEMS))


@pytest.mark.parametrize("distinct", [False, True])
def test_every_user_of_a_full_partition_has_eight_items_before_and_after_a_turn(distinct: bool) -> None:
    full = FullPartition(Task(BATCH, distinct, ENCODER.version, dump_segment_model(model()), SOURCES))
    full.fill()
    before = dict(full.partition.users())
    turns = full.run(1)
    after = dict(full.partition.users())
    assert before.keys() == after.keys() == {user_name(number) for number in range(BATCH)}
    assert {len(user.items) for user in (*before.values(), *after.values())} == {N_ITEMS}
    assert {user.n_events for user in after.values()} == {N_ITEMS + 1}
    n_texts = len({item.text for user in before.values() for item in user.items})
    assert n_texts == (BATCH * N_ITEMS if distinct else len(SOURCES) * N_ITEMS)
    assert len(turns.seconds) == 1
    assert turns.n_bytes > BATCH


def test_the_changelog_of_a_restart_restores_every_user_with_eight_items() -> None:
    numbers = range(40)
    rebuilder = StateRebuilder(ENCODER, replace(POLICY, window_items=N_ITEMS))
    for put in records_of(numbers, SOURCES, model(), known_texts(SOURCES, ENCODER.version)):
        rebuilder.add(put.key, put.value)
    users = dict(rebuilder.finish().users())
    assert users.keys() == {user_name(number) for number in numbers}
    for number in numbers:
        texts = [item.text for item in users[user_name(number)].items]
        assert texts == [item.text for item in SOURCES[number % len(SOURCES)].items]
