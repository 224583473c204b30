"""The trainer's memory as records of its changelog, one key each, so that one is written only when what it says has
changed, and none grows with the number of people.

key            value
t              the state but for its reference, and where it ends: msgpack, arrays as (dtype, shape, bytes)
r              the reference
s <user>       a person of the pool, and under which segment they are counted
m <version>    a segment model, as on `segment-model`
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np

from stream.training.values.health import Reference
from stream.training.values.reservoir import ReservoirEntry, priority_of
from stream.training.values.state import Memory, TrainerState
from stream.wire.former_trainer import former_state
from stream.wire.samples import ProfileSample, pack_sample, unpack_sample
from stream.wire.segment_models import dump_segment_model, load_segment_model
from stream.wire.state_records import Put

FORMAT = 2
STATE_KEY = b"t"
REFERENCE_KEY = b"r"

_NO_REFERENCE = Reference(np.zeros((0, 0)), np.zeros((0, 0)), {})


class TrainerRecord(msgspec.Struct, array_like=True, frozen=True):
    """The state, without its reference, with the format it is written in; `next_offset` is that of the first record
    which is not in it."""

    format: int
    state: TrainerState
    next_offset: int | None = None


class PersonRecord(msgspec.Struct, array_like=True, frozen=True):
    """A person of the pool, and `home`, the segment they are counted under, if any; their place follows from their
    id."""

    format: int
    stratum: str
    sample: ProfileSample
    expected_segments: str
    home: str


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
_decode_reference = msgspec.msgpack.Decoder(Reference, dec_hook=_array_from_builtins).decode
_decode_person = msgspec.msgpack.Decoder(PersonRecord).decode


def memory_puts(before: Memory, after: Memory, next_offset: int | None = None) -> Iterator[Put]:
    """The records by which the memory `after`, which ends before `next_offset`, differs from `before`: what a state
    names comes before it, what it names no more goes after it."""
    for version, model in after.models.items():
        if before.models.get(version) is not model:
            yield Put(_model_key(version), dump_segment_model(model))
    for user, person in after.reservoir.items():
        home = after.home_segments.get(user, "")
        if before.reservoir.get(user) is not person or before.home_segments.get(user, "") != home:
            yield Put(b"s" + user.encode(), _encode(_person(person, home)))
    if after.state is not None and after.state is not before.state:
        if before.state is None or after.state.reference is not before.state.reference:
            yield Put(REFERENCE_KEY, _encode(after.state.reference))
        state = replace(after.state, reference=_NO_REFERENCE)
        yield Put(STATE_KEY, _encode(TrainerRecord(FORMAT, state, next_offset)))
    yield from (Put(b"s" + user.encode(), None) for user in before.reservoir if user not in after.reservoir)
    yield from (Put(_model_key(version), None) for version in before.models if version not in after.models)


class MemoryReader:
    """Rebuilds a memory from its records, in any order of keys, the last value of a key winning."""

    def __init__(self) -> None:
        self._state: bytes | None = None
        self._reference: bytes | None = None
        self._people: dict[str, bytes] = {}
        self._models: dict[int, bytes] = {}

    def add(self, key: bytes, value: bytes | None) -> None:
        """Take in one record."""
        if key == STATE_KEY:
            self._state = value
        elif key == REFERENCE_KEY:
            self._reference = value
        elif key[:1] == b"s":
            _keep(self._people, key[1:].decode(), value)
        elif key[:1] == b"m":
            _keep(self._models, int(key[1:]), value)

    def memory(self) -> Memory:
        """The memory; raises TrainerFormatError when it is of a newer Segue, SegmentModelError for a damaged model."""
        state = None if self._state is None else read_trainer_state(self._state).state
        if state is not None and self._reference is not None:
            state = replace(state, reference=_decode_reference(self._reference))
        records = {user: _decode_person(value) for user, value in self._people.items()}
        reservoir = {user: _remembered(user, record) for user, record in records.items()}
        home_segments = {user: record.home for user, record in records.items() if record.home}
        models = {version: load_segment_model(value) for version, value in self._models.items()}
        return Memory(state, reservoir, home_segments, models)

    def next_offset(self) -> int | None:
        """Where the memory ends, if its state tells; raises as `memory` does."""
        return None if self._state is None else read_trainer_state(self._state).next_offset


def read_trainer_state(value: bytes) -> TrainerRecord:
    """What a changelog record says of the state; raises TrainerFormatError on a format that is not known."""
    found = _format(value)
    if found == 1:
        return TrainerRecord(1, former_state(value))
    if found != FORMAT:
        raise TrainerFormatError(f"the trainer's changelog has format {found}, this Segue knows up to {FORMAT}")
    return _decode(value)


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


def _model_key(version: int) -> bytes:
    return b"m" + str(version).encode()


def _person(person: ReservoirEntry, home: str) -> PersonRecord:
    return PersonRecord(FORMAT, person.stratum, pack_sample(person.sample), person.expected_segments, home)


def _remembered(user: str, record: PersonRecord) -> ReservoirEntry:
    return ReservoirEntry(unpack_sample(record.sample), record.stratum, priority_of(user), record.expected_segments)
