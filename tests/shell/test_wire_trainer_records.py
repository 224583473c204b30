from __future__ import annotations

import msgspec
import numpy as np
import pytest

from stream.core.training.policy import TrainingPolicy
from stream.core.training.state import TrainerState
from stream.core.training.train import train
from stream.wire.trainer_records import STATE_KEY, TrainerFormatError, read_trainer_state, trainer_put
from tests.core.planted import FEATURES, Population, bits

POLICY = TrainingPolicy(n_segments=3, warm_up_samples=60, batch_samples=20)


@pytest.fixture(scope="module")
def population() -> Population:
    return Population()


@pytest.fixture(scope="module")
def state(population: Population) -> TrainerState:
    trained = train(None, population.draw(60)[0], POLICY, 0.7, FEATURES)
    assert trained is not None
    return trained.state


def written(state: TrainerState) -> bytes:
    put = trainer_put(state)
    assert put.key == STATE_KEY == b"t"
    assert put.value is not None
    return put.value


def test_a_state_comes_back_to_the_last_bit_and_in_native_byte_order(state: TrainerState) -> None:
    again = read_trainer_state(written(state))
    assert bits(again) == bits(state)
    assert again.centroids.dtype.isnative
    assert written(again) == written(state)


def test_training_goes_on_from_the_record_as_if_it_had_never_stopped(
    state: TrainerState, population: Population
) -> None:
    samples = population.draw(20)[0]
    again = read_trainer_state(written(state))
    assert bits(train(again, samples, POLICY, 0.7, FEATURES)) == bits(train(state, samples, POLICY, 0.7, FEATURES))


@pytest.mark.parametrize("other", [0, 2])
def test_a_record_of_another_format_is_refused(state: TrainerState, other: int) -> None:
    record = msgspec.msgpack.decode(written(state))
    with pytest.raises(TrainerFormatError, match=f"has format {other}, this Segue knows 1"):
        read_trainer_state(msgspec.msgpack.encode([other, *record[1:]]))


@pytest.mark.parametrize("value", [b"", b"\xc1", b"\x90"])
def test_what_is_no_record_is_refused(value: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        read_trainer_state(value)


def test_what_a_state_can_not_hold_is_not_written(state: TrainerState) -> None:
    object.__setattr__(broken := TrainerState(*(getattr(state, name) for name in TrainerState.__slots__)), "counts", np)
    with pytest.raises(TypeError, match="is not part of a trainer's state"):
        trainer_put(broken)
