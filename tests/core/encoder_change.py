"""A change of the encoder between two steps: the partition as a restore leaves it, and a model of the new encoder."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stream.core.labels import NO_LABELS
from stream.core.policy import Policy
from stream.core.segment_model import SegmentModel
from stream.core.state import UserState
from tests.core.builders import NEW_ENCODER, POLICY, WORDS, plain_scaler, word_model
from tests.core.cores import needs_reencoding, restarted
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


def taken_over(before: StepRecorder, policy: Policy, encoder: HashEncoder = NEW_ENCODER) -> StepRecorder:
    """Return the partition restored by a worker with another encoder and without label heads."""
    assert before.running is not None
    running = restarted(before.running, policy, encoder, NO_LABELS)
    return StepRecorder(before.core, encoder=encoder, running=running)


def stale(recorder: StepRecorder) -> set[str]:
    """The users who need a new encoding."""
    return {name for name, user in recorder.users().items() if needs_reencoding(user, recorder.encoder.version)}


def assert_encoded(user: UserState, encoder: HashEncoder = NEW_ENCODER) -> None:
    """Every item has the vector of its own text."""
    assert user.items
    assert {item.encoder for item in user.items} == {encoder.version}
    vectors = np.array([np.frombuffer(item.vector, np.int8) * np.float32(item.scale) for item in user.items])
    expected = encoder.encode([item.text for item in user.items])
    expected[[not item.text for item in user.items]] = 0
    np.testing.assert_allclose(vectors, expected, atol=0.005)
