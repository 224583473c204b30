from __future__ import annotations

import msgspec
import numpy as np
import pytest

from stream.core.output import Sample
from stream.wire.samples import pack_sample, read_sample, sample_message, unpack_sample
from tests.core.planted import bits

SAMPLE = Sample(
    user="李娜",
    time_ms=1_700_000_000_000,
    explicit=np.array([0.1 + 0.2, -1e300, 5e-324]),
    semantic=np.array([0.1, -0.0], np.float32),
    mass=0.1 + 0.2,
    contrast=np.array([0.25, -0.0], np.float32),
    texts=("牛奶", ""),
    encoder="e1",
    segment="s-0007",
)


def test_a_sample_comes_back_to_the_last_bit() -> None:
    message = sample_message(SAMPLE)
    again = read_sample(message.value or b"")
    assert bits(again) == bits(SAMPLE)
    assert (again.explicit.dtype, again.semantic.dtype) == (SAMPLE.explicit.dtype, SAMPLE.semantic.dtype)


def test_a_record_without_a_field_is_refused() -> None:
    record = msgspec.msgpack.decode(sample_message(SAMPLE).value or b"")
    with pytest.raises(msgspec.ValidationError):
        read_sample(msgspec.msgpack.encode(record[:-1]))


def test_every_sample_has_the_same_key() -> None:
    message = sample_message(SAMPLE)
    assert (message.topic, message.key, message.headers) == ("profile-sample", b"sample", [])


def test_an_array_of_partial_numbers_is_refused() -> None:
    record = msgspec.msgpack.decode(sample_message(SAMPLE).value or b"")
    with pytest.raises(ValueError, match="buffer size must be a multiple"):
        read_sample(msgspec.msgpack.encode([*record[:2], b"1234567", *record[3:]]))


def test_a_packed_sample_comes_back_whole() -> None:
    assert bits(unpack_sample(pack_sample(SAMPLE))) == bits(SAMPLE)
    assert msgspec.msgpack.encode(pack_sample(SAMPLE)) == sample_message(SAMPLE).value


@pytest.mark.parametrize("value", [b"", b"\xc1", b"\x93\x01\x02\x03", b"{}"])
def test_other_bytes_are_refused(value: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        read_sample(value)
