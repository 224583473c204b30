"""Sampled profiles on `profile-sample`: msgpack, read only by Segue's own trainer."""

from __future__ import annotations

import msgspec
import numpy as np

from stream.core.output import PackedSample, Sample
from stream.wire.records import ProducerRecord
from stream.wire.topics import PROFILE_SAMPLE

SAMPLE_KEY = b"sample"  # a constant: one partition, one order


class ProfileSample(msgspec.Struct, array_like=True, frozen=True):
    """Value on `profile-sample`; `explicit` is little-endian float64, `semantic` float32, `contrast` float16."""

    user: str
    time_ms: int
    explicit: bytes
    semantic: bytes
    mass: float
    contrast: bytes
    texts: tuple[str, ...]
    encoder: str
    segment: str


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ProfileSample).decode


def sample_message(sample: Sample) -> ProducerRecord:
    """Return the record of a sample for `profile-sample`."""
    return ProducerRecord(PROFILE_SAMPLE, SAMPLE_KEY, _encode(pack_sample(sample)), [])


def packed_message(sample: PackedSample) -> ProducerRecord:
    """Return the record of a sample that the kernel has written in this format."""
    return ProducerRecord(PROFILE_SAMPLE, SAMPLE_KEY, sample.value, [])


def read_sample(value: bytes) -> Sample:
    """Return the sample in a value of `profile-sample`; raises msgspec.DecodeError on anything else."""
    return unpack_sample(decode_sample(value))


def decode_sample(value: bytes) -> ProfileSample:
    """Return the record in a value of `profile-sample`; raises msgspec.DecodeError on anything else."""
    return _decode(value)


def pack_sample(sample: Sample) -> ProfileSample:
    """Return the record of a sample."""
    return ProfileSample(
        sample.user,
        sample.time_ms,
        sample.explicit.astype("<f8", copy=False).tobytes(),
        sample.semantic.astype("<f4", copy=False).tobytes(),
        sample.mass,
        sample.contrast.astype("<f2", copy=False).tobytes(),
        sample.texts,
        sample.encoder,
        sample.segment,
    )


def unpack_sample(record: ProfileSample) -> Sample:
    """Return the sample of a record; raises ValueError if its bytes are no arrays of numbers."""
    explicit = np.frombuffer(record.explicit, "<f8").astype(np.float64)
    semantic = np.frombuffer(record.semantic, "<f4").astype(np.float32)
    contrast = np.frombuffer(record.contrast, "<f2").astype(np.float32)
    numbers = explicit, semantic, record.mass, contrast
    return Sample(record.user, record.time_ms, *numbers, record.texts, record.encoder, record.segment)
