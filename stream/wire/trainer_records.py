"""The trainer's memory as records of its changelog: small, one key each.

key            value
t              the state: msgpack, arrays as (dtype, shape, bytes)
h              under which segment everyone is counted: msgpack, users by segment
s <user>       a person of the pool
m <version>    a segment model, as on `segment-model`
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import numpy as np

from stream.core.training.pool import Remembered, place_of
from stream.core.training.state import Memory, TrainerState
from stream.wire.former_trainer import former_state
from stream.wire.samples import ProfileSample, packed_sample, unpacked_sample
from stream.wire.segment_models import dump_segment_model, load_segment_model
from stream.wire.state_records import Put

FORMAT = 2
STATE_KEY = b"t"
HOMES_KEY = b"h"


class TrainerRecord(msgspec.Struct, array_like=True, frozen=True):
    """The state with the format it is written in."""

    format: int
    state: TrainerState


class PersonRecord(msgspec.Struct, array_like=True, frozen=True):
    """A person of the pool; their place follows from their id."""

    format: int
    stratum: str
    sample: ProfileSample


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
_decode_person = msgspec.msgpack.Decoder(PersonRecord).decode


def memory_puts(before: Memory, after: Memory) -> Iterator[Put]:
    """The records by which the memory `after` differs from `before`: what a state names comes before it, what it names
    no more goes after it."""
    for version, model in after.models.items():
        if version not in before.models:
            yield Put(_model_key(version), dump_segment_model(model))
    for user, person in after.pool.items():
        if before.pool.get(user) is not person:
            yield Put(b"s" + user.encode(), _encode(_person(person)))
    if after.homes is not before.homes:
        yield Put(HOMES_KEY, _encode(_by_segment(after.homes)))
    if after.state is not None and after.state is not before.state:
        yield Put(STATE_KEY, _encode(TrainerRecord(FORMAT, after.state)))
    yield from (Put(b"s" + user.encode(), None) for user in before.pool if user not in after.pool)
    yield from (Put(_model_key(version), None) for version in before.models if version not in after.models)


class MemoryReader:
    """Rebuilds a memory from its records, in any order of keys, the last value of a key winning."""

    def __init__(self) -> None:
        self._state: bytes | None = None
        self._homes: bytes | None = None
        self._people: dict[str, bytes] = {}
        self._models: dict[int, bytes] = {}

    def add(self, key: bytes, value: bytes | None) -> None:
        """Take in one record."""
        if key == STATE_KEY:
            self._state = value
        elif key == HOMES_KEY:
            self._homes = value
        elif key[:1] == b"s":
            _keep(self._people, key[1:].decode(), value)
        elif key[:1] == b"m":
            _keep(self._models, int(key[1:]), value)

    def memory(self) -> Memory:
        """The memory; raises TrainerFormatError when it is of a newer Segue, SegmentModelError for a damaged model."""
        state = None if self._state is None else read_trainer_state(self._state)
        pool = {user: _remembered(user, value) for user, value in self._people.items()}
        homes = {} if self._homes is None else _by_user(self._homes)
        return Memory(
            state, pool, homes, {version: load_segment_model(value) for version, value in self._models.items()}
        )


def read_trainer_state(value: bytes) -> TrainerState:
    """The state in a changelog record; raises TrainerFormatError on a format that is not known."""
    found = _format(value)
    if found == 1:
        return former_state(value)
    if found != FORMAT:
        raise TrainerFormatError(f"the trainer's changelog has format {found}, this Segue knows up to {FORMAT}")
    return _decode(value).state


def _format(value: bytes) -> int:
    parts = msgspec.msgpack.decode(value, type=list[msgspec.Raw])
    if not parts:
        raise msgspec.ValidationError("an empty record is no trainer's state")
    return msgspec.msgpack.decode(parts[0], type=int)


def _keep(records: dict[Any, bytes], key: Any, value: bytes | None) -> None:
    if value is None:
        records.pop(key, None)
    else:
        records[key] = value


def _by_segment(homes: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for user, segment in homes.items():
        found.setdefault(segment, []).append(user)
    return found


def _by_user(value: bytes) -> dict[str, str]:
    by_segment = msgspec.msgpack.decode(value, type=dict[str, list[str]])
    return {user: segment for segment, users in by_segment.items() for user in users}


def _model_key(version: int) -> bytes:
    return b"m" + str(version).encode()


def _person(person: Remembered) -> PersonRecord:
    return PersonRecord(FORMAT, person.stratum, packed_sample(person.sample))


def _remembered(user: str, value: bytes) -> Remembered:
    record = _decode_person(value)
    return Remembered(unpacked_sample(record.sample), record.stratum, place_of(user))
