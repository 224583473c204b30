"""What a trainer's state of format 1 still has to say: which versions and ids were given."""

from __future__ import annotations

import msgspec
import numpy as np

from stream.core.segment_model import Scaler
from stream.training.values.health import Reference
from stream.training.values.state import TrainerState


class _State(msgspec.Struct, frozen=True):
    version: int
    ids: tuple[str, ...]
    next_id: int


class _Record(msgspec.Struct, array_like=True, frozen=True):
    format: int
    state: _State


def former_state(value: bytes) -> TrainerState:
    """A state that no samples fit, so that a warm-up follows, whose segments keep the ids of those who were in them."""
    state = msgspec.msgpack.decode(value, type=_Record).state
    nothing = np.zeros(0)
    return TrainerState(
        encoder="",
        features=(),
        scaler=Scaler(nothing, nothing, nothing.astype(np.float32), 1.0, 0.0),
        ids=state.ids,
        next_id=state.next_id,
        centroids=np.zeros((0, 0)),
        counts=nothing,
        squares=nothing,
        thresholds=nothing,
        reference=Reference(np.zeros((0, 0)), np.zeros((0, 0)), {}),
        version=state.version,
    )
