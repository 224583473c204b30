"""Profiles on `user-profiles`: by their schema, and back to arrays within half a step of the int8 scale."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace

import jsonschema
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings

from stream.core.event import Record
from stream.core.output import Profile
from stream.core.policy import Policy, PublishProfiles
from stream.wire.profiles import UserProfile, arrays_of, profile_message, profile_tombstone, read_profile
from stream.wire.records import ProducerRecord
from tests.core.builders import ENCODER
from tests.core.drawn import policies, record_lists
from tests.core.recorder import run_steps

SCHEMA = jsonschema.Draft202012Validator(msgspec.json.schema(UserProfile))
PROFILE = Profile(
    user="李娜",
    time_ms=1_700_000_000_000,
    n_items=2,
    mass=1.5,
    explicit={"recency": 0.1 + 0.2, "frequency": 5e-324},
    semantic=np.array([0.6, -0.8, 0.0], np.float32),
    segment="s-0007",
    segment_model=3,
    encoder="e1",
)


def value_of(profile: Profile) -> bytes:
    return profile_message(profile).value or b""


def test_the_value_has_plain_features_and_bytes_with_a_scale() -> None:
    message = profile_message(PROFILE)
    assert (message.topic, message.key) == ("user-profiles", "李娜".encode())
    assert message.headers == [("content-type", b"application/json")]
    found = msgspec.json.decode(value_of(PROFILE))
    semantic = found.pop("semantic")
    assert found == {
        "user": "李娜",
        "time_ms": 1_700_000_000_000,
        "n_items": 2,
        "mass": 1.5,
        "explicit": {"recency": 0.1 + 0.2, "frequency": 5e-324},
        "segment": "s-0007",
        "segment_model": 3,
        "encoder": "e1",
    }
    assert b64decode(semantic["int8"]) == bytes([95, 256 - 127, 0])  # 0.6 / 0.8 of 127 is 95.25
    assert semantic["scale"] == pytest.approx(0.8 / 127)


@settings(max_examples=60)
@given(records=record_lists(), policy=policies)
def test_every_profile_is_valid_by_its_schema_and_comes_back(records: list[Record], policy: Policy) -> None:
    outputs = run_steps(records, replace(policy, publish_profiles=PublishProfiles.ALWAYS)).outputs
    sent = [output for output in outputs if isinstance(output, Profile)]
    received = [read_profile(value_of(profile)) for profile in sent]
    for profile in sent:
        SCHEMA.validate(msgspec.json.decode(value_of(profile)))
    explicit, semantic = arrays_of(received)
    for profile, row, vector, record in zip(sent, explicit, semantic, received, strict=True):
        assert row.tolist() == list(profile.explicit.values())
        assert np.abs(vector - profile.semantic).max() <= record.semantic.scale * 0.501


def test_no_profiles_are_arrays_without_rows() -> None:
    assert [len(each) for each in arrays_of([])] == [0, 0]


def test_a_zero_half_stays_zero() -> None:
    zero = replace(PROFILE, semantic=np.zeros(ENCODER.dimension, np.float32))
    _, semantic = arrays_of([read_profile(value_of(zero))])
    assert (semantic.shape, str(semantic.dtype)) == ((1, ENCODER.dimension), "float32")
    assert not semantic.any()


@pytest.mark.parametrize("other", [replace(PROFILE, encoder="e2"), replace(PROFILE, explicit={"recency": 0.0})])
def test_profiles_that_do_not_compare_are_refused(other: Profile) -> None:
    both = [read_profile(value_of(each)) for each in (PROFILE, other)]
    with pytest.raises(ValueError, match="more than one encoder"):
        arrays_of(both)


@pytest.mark.parametrize("value", [b"", b"{}", b"[]", b'{"user": 7}'])
def test_other_bytes_are_refused(value: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        read_profile(value)


def test_an_erased_user_is_a_tombstone() -> None:
    assert profile_tombstone("李娜") == ProducerRecord("user-profiles", "李娜".encode(), None, [])
