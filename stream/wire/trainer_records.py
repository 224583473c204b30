"""The trainer's state as records of its changelog, one key each: a record is written only when its value has changed.

`t`            TrainerRecord: state without the parts below, next offset
`r`            ReferenceRecord
`s <user>`     ReservoirRecord: entry, home segment
`m <version>`  segment model as on `segment-model`
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import numpy as np

from stream.core.segment_model import SegmentModel
from stream.training.values.health import Reference
from stream.training.values.reservoir import ReservoirEntry, priority_of
from stream.training.values.state import ModelRegistry, SampledUsers, TrainerState
from stream.wire.samples import ProfileSample, pack_sample, unpack_sample
from stream.wire.segment_models import dump_segment_model, load_segment_model
from stream.wire.state_records import Put
from stream.wire.trainer_state import dump_reference, dump_state, read_record, read_reference, state_of

STATE_KEY = b"t"
REFERENCE_KEY = b"r"

_NO_REFERENCE = Reference(np.zeros((0, 0)), np.zeros((0, 0)), {})


class ReservoirRecord(msgspec.Struct, array_like=True, frozen=True):
    """A user of the reservoir; the priority follows from the user id. `home_segment` is "" for none."""

    stratum: str
    sample: ProfileSample
    expected_segment: str
    home_segment: str


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ReservoirRecord).decode


def trainer_puts(
    before: TrainerState | None, after: TrainerState | None, next_offset: int | None = None
) -> Iterator[Put]:
    """Return the records by which the state `after`, which ends before `next_offset`, differs from `before`.

    Models and users precede the state that refers to them; tombstones follow it.
    """
    models, kept = _models(before), _models(after)
    for version, model in kept.items():
        if models.get(version) is not model:
            yield Put(_model_key(version), dump_segment_model(model))
    yield from _user_puts(_users(before), _users(after))
    if after is not None and (before is None or _has_changed(before, after)):
        if before is None or after.segments.reference is not before.segments.reference:
            yield Put(REFERENCE_KEY, dump_reference(after.segments.reference))
        yield Put(STATE_KEY, dump_state(after, next_offset))
    gone = (user for user in _users(before).reservoir if user not in _users(after).reservoir)
    yield from (Put(_user_key(user), None) for user in gone)
    yield from (Put(_model_key(version), None) for version in models if version not in kept)


class TrainerStateReader:
    """A reader of a trainer's changelog, in any order of keys; the last value of a key wins."""

    def __init__(self) -> None:
        self._state: bytes | None = None
        self._reference: bytes | None = None
        self._users: dict[str, bytes] = {}
        self._models: dict[int, bytes] = {}

    def add(self, key: bytes, value: bytes | None) -> None:
        """Take in one record."""
        if key == STATE_KEY:
            self._state = value
        elif key == REFERENCE_KEY:
            self._reference = value
        elif key[:1] == b"s":
            _keep(self._users, key[1:].decode(), value)
        elif key[:1] == b"m":
            _keep(self._models, int(key[1:]), value)

    def state(self) -> TrainerState | None:
        """Return the state, None before the warm-up.

        Raises TrainerFormatError for a changelog of a newer Segue, and SegmentModelError for a damaged model.
        """
        models = {version: load_segment_model(value) for version, value in self._models.items()}
        if self._state is None:
            return None
        records = {user: _decode(value) for user, value in self._users.items()}
        users = SampledUsers(
            reservoir={user: _entry(user, record) for user, record in records.items()},
            home_segments={user: record.home_segment for user, record in records.items() if record.home_segment},
        )
        reference = _NO_REFERENCE if self._reference is None else read_reference(self._reference)
        return state_of(read_record(self._state), reference, users, ModelRegistry(models))

    def next_offset(self) -> int | None:
        """Return the offset where the state ends, if known; raises as `state` does."""
        return None if self._state is None else read_record(self._state).next_offset


def _user_puts(before: SampledUsers, after: SampledUsers) -> Iterator[Put]:
    for user, entry in after.reservoir.items():
        home = after.home_segments.get(user, "")
        if before.reservoir.get(user) is not entry or before.home_segments.get(user, "") != home:
            record = ReservoirRecord(entry.stratum, pack_sample(entry.sample), entry.expected_segment, home)
            yield Put(_user_key(user), _encode(record))


def _has_changed(before: TrainerState, after: TrainerState) -> bool:
    """Return True if the state's own record has changed, whatever users and models have."""
    return (
        after.segments is not before.segments
        or after.rollout is not before.rollout
        or after.health is not before.health
        or after.users.inclusion_thresholds is not before.users.inclusion_thresholds
        or _figures(after) != _figures(before)
    )


def _figures(state: TrainerState) -> tuple[object, ...]:
    registry = state.registry
    return (
        *(registry.newest, registry.serving, registry.previous),
        *(state.reviewed_ms, state.flips, state.user_days, state.handled_commands),
    )


def _models(state: TrainerState | None) -> Mapping[int, SegmentModel]:
    return state.registry.models if state else {}


def _users(state: TrainerState | None) -> SampledUsers:
    return state.users if state else SampledUsers()


def _keep(records: dict[Any, bytes], key: Any, value: bytes | None) -> None:
    if value is None:
        records.pop(key, None)
    else:
        records[key] = value


def _model_key(version: int) -> bytes:
    return b"m" + str(version).encode()


def _user_key(user: str) -> bytes:
    return b"s" + user.encode()


def _entry(user: str, record: ReservoirRecord) -> ReservoirEntry:
    sample = unpack_sample(record.sample)
    return ReservoirEntry(sample, record.stratum, priority_of(user), record.expected_segment)
