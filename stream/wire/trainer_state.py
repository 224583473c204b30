"""The trainer's state as a record of its changelog: msgpack, arrays as (dtype, shape, bytes) in little-endian order.

Users and models have records of their own, and the reference too: it changes seldom.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from stream.core.arrays import Floats, Vectors
from stream.core.scaler import Scaler
from stream.training.values.candidate import Candidate, RolloutState
from stream.training.values.health import Health, Reference
from stream.training.values.promotion import Cause
from stream.training.values.state import Extent, ModelRegistry, SampledUsers, SegmentsState, TrainerState
from stream.training.values.structure_change import ChangeKind, StructureChange
from stream.wire.arrays import array_from_builtins, array_to_builtins
from stream.wire.health import SegmentsHealth

FORMAT = 1

Converted = TypeVar("Converted")


class TrainerFormatError(RuntimeError):
    """A trainer's changelog written by a newer Segue: upgrade this worker."""


class SegmentsRecord(msgspec.Struct, array_like=True, frozen=True):
    """Segments as training has learned them."""

    encoder: str
    features: tuple[str, ...]
    scaler: Scaler
    ids: tuple[str, ...]
    next_id: int
    centroids: Floats
    counts: Floats
    squares: Floats
    thresholds: Floats
    extent: Extent
    watermark_ms: int
    separated_pairs: tuple[tuple[str, str], ...]
    underpopulated_since_ms: dict[str, int]
    names: dict[str, str]
    published_names: dict[str, str]


class ChangeRecord(msgspec.Struct, array_like=True, frozen=True):
    """A structural change."""

    kind: ChangeKind
    segments: tuple[str, ...]
    ordinal: int


class CandidateRecord(msgspec.Struct, array_like=True, frozen=True):
    """A model that waits to serve."""

    version: int
    since_ms: int
    cause: Cause
    changes: tuple[ChangeRecord, ...]
    first_id: int
    kept: tuple[str, ...]
    born: tuple[str, ...]
    held: bool
    over_budget: bool


class TrainerRecord(msgspec.Struct, array_like=True, frozen=True):
    """A state without reference, users and models; `next_offset` is that of the first record not in it, if known."""

    format: int
    next_offset: int | None
    segments: SegmentsRecord
    inclusion_thresholds: dict[str, float]
    newest: int
    serving: int
    previous: tuple[int, ...]
    candidate: CandidateRecord | None
    changes_since: tuple[tuple[ChangeRecord, int], ...]
    auto_promotion_paused: bool
    ramp_ends_ms: int
    reviewed_ms: int
    flips: int
    user_days: float
    health: SegmentsHealth | None
    handled_commands: tuple[str, ...]


class BaselineRecord(msgspec.Struct, array_like=True, frozen=True):
    """A segment's centroid and threshold when they were chosen."""

    centroid: Vectors
    threshold: float


class ReferenceRecord(msgspec.Struct, array_like=True, frozen=True):
    """A distribution of users that health reports compare with."""

    edges: Floats
    bins: Floats
    segment_shares: dict[str, float]
    baselines: dict[str, BaselineRecord]


def dump_state(state: TrainerState, next_offset: int | None) -> bytes:
    """Return the record of a state that ends before `next_offset`."""
    rollout = state.rollout
    record = TrainerRecord(
        format=FORMAT,
        next_offset=next_offset,
        segments=_converted(state.segments, SegmentsRecord),
        inclusion_thresholds=dict(state.users.inclusion_thresholds),
        newest=state.registry.newest,
        serving=state.registry.serving,
        previous=state.registry.previous,
        candidate=_converted(rollout.candidate, CandidateRecord) if rollout.candidate else None,
        changes_since=tuple(
            (_converted(change, ChangeRecord), since_ms) for change, since_ms in rollout.changes_since.items()
        ),
        auto_promotion_paused=rollout.auto_promotion_paused,
        ramp_ends_ms=rollout.ramp_ends_ms,
        reviewed_ms=state.reviewed_ms,
        flips=state.flips,
        user_days=state.user_days,
        health=_converted(state.health, SegmentsHealth) if state.health else None,
        handled_commands=state.handled_commands,
    )
    return _encode(record)


def read_record(value: bytes) -> TrainerRecord:
    """Return a state's record; raises TrainerFormatError if its format is not FORMAT, and msgspec.DecodeError."""
    parts = msgspec.msgpack.decode(value, type=list[msgspec.Raw])
    if not parts:
        raise msgspec.ValidationError("an empty record is no trainer's state")
    found = msgspec.msgpack.decode(parts[0], type=int)
    if found != FORMAT:
        raise TrainerFormatError(f"the trainer's changelog has format {found}, this Segue reads format {FORMAT}")
    return _decode(value)


def state_of(record: TrainerRecord, reference: Reference, users: SampledUsers, registry: ModelRegistry) -> TrainerState:
    """Return the state of a record, with the parts that have records of their own."""
    segments = {name: getattr(record.segments, name) for name in SegmentsRecord.__struct_fields__}
    return TrainerState(
        segments=SegmentsState(**segments, reference=reference),
        users=SampledUsers(users.reservoir, record.inclusion_thresholds, users.home_segments),
        registry=ModelRegistry(registry.models, record.newest, record.serving, record.previous),
        rollout=RolloutState(
            candidate=_converted(record.candidate, Candidate) if record.candidate else None,
            changes_since={_converted(change, StructureChange): since for change, since in record.changes_since},
            auto_promotion_paused=record.auto_promotion_paused,
            ramp_ends_ms=record.ramp_ends_ms,
        ),
        reviewed_ms=record.reviewed_ms,
        flips=record.flips,
        user_days=record.user_days,
        health=_converted(record.health, Health) if record.health else None,
        handled_commands=record.handled_commands,
    )


def dump_reference(reference: Reference) -> bytes:
    """Return the record of a reference."""
    return _encode(_converted(reference, ReferenceRecord))


def read_reference(value: bytes) -> Reference:
    """Return the reference in a record; raises msgspec.DecodeError on anything else."""
    return _converted(_decode_reference(value), Reference)


def _converted(value: object, kind: type[Converted]) -> Converted:
    """Return a value of the core as a record, or a record as a value of the core, by field names."""
    return msgspec.convert(value, kind, from_attributes=True, dec_hook=lambda _, array: array)


_encode = msgspec.msgpack.Encoder(enc_hook=array_to_builtins).encode
_decode = msgspec.msgpack.Decoder(TrainerRecord, dec_hook=array_from_builtins).decode
_decode_reference = msgspec.msgpack.Decoder(ReferenceRecord, dec_hook=array_from_builtins).decode
