"""A change of the encoder between two steps: the partition as a restore leaves it, and a model of the new encoder."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stream.core.event import Event
from stream.core.policy import Policy
from stream.core.segment_model import SegmentModel
from stream.core.state import PartitionState, UserState
from stream.core.window import Window, columns_dtype
from tests.core.builders import NEW_ENCODER, POLICY, WORDS, plain_scaler, word_model
from tests.core.recorder import StepRecorder
from tests.fakes import HashEncoder

CALM = replace(POLICY, window_ms=100, window_items=12)


OLD = word_model(threshold=9.0)


def new_model(first: int = 1, version: int = 2, threshold: float = 9.0, policy: Policy = POLICY) -> SegmentModel:
    """A generation of the new encoder: a segment around each word again."""
    old = word_model(version=version, first=first, threshold=threshold, policy=policy)
    explicit = old.centroids[:, : len(old.features)]
    scaler = plain_scaler(len(old.features), NEW_ENCODER.dimension, policy.semantic_weight)
    semantic = NEW_ENCODER.encode(WORDS) * np.float32(np.sqrt(policy.semantic_weight))
    return replace(
        old, encoder=NEW_ENCODER.version, scaler=scaler, centroids=np.concatenate([explicit, semantic], axis=1)
    )


def taken_over(partition: PartitionState, policy: Policy, encoder: HashEncoder = NEW_ENCODER) -> StepRecorder:
    """Return the partition restored by a worker with another encoder: texts without vectors, no candidates."""
    users = {name: _without_vectors(user, encoder, policy) for name, user in partition.users.items()}
    needs_reencoding = {name for name, user in users.items() if len(user.window)}
    state = PartitionState(users, [], partition.now_ms, partition.serving, partition.offset, needs_reencoding)
    state.rebuild_timers(policy)
    return StepRecorder(state, encoder=encoder)


def _without_vectors(user: UserState, encoder: HashEncoder, policy: Policy) -> UserState:
    other = user.copy()
    other.window = Window(policy.window_items, columns_dtype(encoder.dimension))
    for row, item in zip(user.window.columns, user.window.items, strict=False):
        same = Event("", item.id, item.kind, int(row["time_ms"]), item.text, float(row["amount"]))
        nothing = np.zeros(encoder.dimension, np.int8)
        other.window.restore(int(row["slot"]), same, int(row["kind"]), nothing, 0.0)
    if len(other.window):
        other.sampled_ms, other.membership = 0, other.membership.without_candidate()
    return other


def assert_encoded(user: UserState, encoder: HashEncoder = NEW_ENCODER) -> None:
    """Every item has the vector of its own text."""
    columns = user.window.columns[: len(user.window)]
    expected = encoder.encode([item.text for item in user.window.items])
    expected[[not item.text for item in user.window.items]] = 0
    np.testing.assert_allclose(columns["vector"] * columns["scale"][:, None], expected, atol=0.005)
