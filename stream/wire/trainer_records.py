"""The trainer's memory as one record of its changelog: msgpack, arrays as (dtype, shape, bytes)."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from stream.core.training.state import TrainerState
from stream.wire.state_records import Put

FORMAT = 1
STATE_KEY = b"t"


class TrainerRecord(msgspec.Struct, array_like=True, frozen=True):
    """The state with the format it is written in."""

    format: int
    state: TrainerState


class TrainerFormatError(RuntimeError):
    """The trainer's changelog was written by another format of Segue."""


def _array_to_builtins(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        little = value.astype(value.dtype.newbyteorder("<"))
        return (little.dtype.str, value.shape, little.tobytes())
    raise TypeError(f"{type(value)} is not part of a trainer's state")


def _array_from_builtins(_: type[Any], value: Any) -> Any:
    dtype, shape, data = value
    return np.frombuffer(data, dtype).reshape(shape).astype(np.dtype(dtype).newbyteorder("="))


_encode = msgspec.msgpack.Encoder(enc_hook=_array_to_builtins).encode
_decode = msgspec.msgpack.Decoder(TrainerRecord, dec_hook=_array_from_builtins).decode


def trainer_put(state: TrainerState) -> Put:
    """The state for the trainer's changelog."""
    return Put(STATE_KEY, _encode(TrainerRecord(FORMAT, state)))


def read_trainer_state(value: bytes) -> TrainerState:
    """The state in a changelog record; raises TrainerFormatError on another format."""
    record = _decode(value)
    if record.format != FORMAT:
        raise TrainerFormatError(f"the trainer's changelog has format {record.format}, this Segue knows {FORMAT}")
    return record.state
