"""The trainer's memory as records of its changelog."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from stream.training.values.commands import NAME_CHARS_MAX, Forget, Refit, Rename
from stream.training.values.health import Baseline
from stream.training.values.reservoir import priority_of
from stream.training.values.state import Memory, TrainerState, ids_from
from stream.training.values.structure_change import ChangeKind, StructureChange
from stream.wire.former_trainer import former_state
from stream.wire.segment_models import SegmentModelError, load_segment_model
from stream.wire.state_records import Put
from stream.wire.topics import LARGEST_MESSAGE_BYTES
from stream.wire.trainer_records import (
    REFERENCE_KEY,
    STATE_KEY,
    MemoryReader,
    TrainerFormatError,
    memory_puts,
    read_trainer_state,
)
from tests.core.planted import PlantedPopulation, bits
from tests.training.harness import Life, at_day, policy_of

N = 60


@pytest.fixture(scope="module")
def lives() -> list[Memory]:
    """The memory after each of three days, a candidate, a name given by hand and an erasure."""
    population, life = PlantedPopulation((0.6, 0.4)), Life(policy_of(N, segment_users_min=5))
    memories = []
    for day in range(3):
        life.day(population.day(N, at_day(day)))
        memories.append(life.memory)
    for asked in (Refit("ann", 3), Rename("bob", "s-0001", "李娜's"), Forget("u7")):
        life.ask(asked)
        memories.append(life.memory)
    return memories


def read(puts: Iterable[Put]) -> Memory:
    reader = MemoryReader()
    for put in puts:
        reader.add(put.key, put.value)
    return reader.memory()


def put_of(memory: Memory, key: bytes) -> bytes:
    (value,) = (put.value for put in memory_puts(Memory(), memory) if put.key == key)
    assert value is not None
    return value


def sorted_bits(memory: Memory) -> str:
    """Equal for memories that are equal, whatever order they are kept in."""
    parts = (dict(sorted(part.items())) for part in (memory.reservoir, memory.home_segments))
    return bits((memory.state, *parts, dict(sorted(memory.models.items()))))


def test_a_memory_comes_back_to_the_last_bit_and_in_native_byte_order(lives: list[Memory]) -> None:
    for memory in lives:
        again = read(memory_puts(Memory(), memory))
        assert sorted_bits(again) == sorted_bits(memory)
        assert again.state is not None
        assert again.state.centroids.dtype.isnative
        assert put_of(again, STATE_KEY) == put_of(memory, STATE_KEY)


def test_what_differs_from_day_to_day_adds_up_to_the_whole(lives: list[Memory]) -> None:
    before, log = Memory(), list[Put]()
    for memory in lives:
        log += memory_puts(before, memory)
        before = memory
        assert sorted_bits(read(log)) == sorted_bits(memory)


def test_a_compacted_log_gives_the_same_memory_in_any_order_of_keys(lives: list[Memory]) -> None:
    pairs = zip([Memory(), *lives], lives, strict=False)
    last = {put.key: put for before, after in pairs for put in memory_puts(before, after)}
    orders = [list(last.values()), list(last.values())[::-1], sorted(last.values(), key=lambda put: put.key[::-1])]
    assert {sorted_bits(read(order)) for order in orders} == {sorted_bits(lives[-1])}


def test_only_what_differs_is_written(lives: list[Memory]) -> None:
    _, _, third, refit, renamed, forgotten = lives
    assert list(memory_puts(third, third)) == []
    assert sorted(put.key for put in memory_puts(third, refit)) == [b"m4", STATE_KEY]
    # the candidate under the new name, and what serves; the state comes after what it names
    assert [put.key for put in memory_puts(refit, renamed)] == [b"m5", b"m6", STATE_KEY]
    # models that named the person come again under their versions
    assert [(put.key, put.value is None) for put in memory_puts(renamed, forgotten)] == [
        (b"m1", False), (b"su7", True),
    ]  # fmt: skip
    fewer = replace(third, models={3: third.models[3]})
    assert list(memory_puts(third, fewer)) == [Put(b"m1", None), Put(b"m2", None)]


def test_keys_say_what_they_are_of(lives: list[Memory]) -> None:
    keys = {put.key for put in memory_puts(Memory(), lives[0])}
    assert keys == {b"t", b"r", b"m1", *(f"su{at}".encode() for at in range(N))}
    assert bits(load_segment_model(put_of(lives[0], b"m1"))) == bits(lives[0].models[1])
    home_segments = {
        user: msgspec.msgpack.decode(put_of(lives[0], b"s" + user.encode()))[-1] for user in lives[0].reservoir
    }
    assert home_segments == dict(lives[0].home_segments)
    assert set(home_segments.values()) == {"s-0001", "s-0002"}


def test_no_records_are_an_empty_memory() -> None:
    assert read([]) == Memory()
    assert read([Put(STATE_KEY, None), Put(b"x?", b"what a later Segue may add")]) == Memory()
    empty = Memory()
    assert list(memory_puts(empty, empty)) == []


def test_a_tombstone_of_what_never_was_is_nothing() -> None:
    assert read([Put(b"sann", None), Put(b"m3", None)]) == Memory()


@pytest.mark.parametrize("other", [0, 3])
def test_a_record_of_another_format_is_refused(lives: list[Memory], other: int) -> None:
    record = msgspec.msgpack.decode(put_of(lives[0], STATE_KEY))
    with pytest.raises(TrainerFormatError, match=f"has format {other}, this Segue knows up to 2"):
        read_trainer_state(msgspec.msgpack.encode([other, *record[1:]]))


def format_1(version: int = 7, next_id: int = 6) -> bytes:
    """A state as it was written before there were people and models in the changelog."""
    array = ("<f8", (2, 3), np.zeros(6).tobytes())
    state = {
        "version": version, "encoder": "e1", "features": ["recency"], "scaler": {"explicit_mean": array},
        "n_samples": 900, "ids": ["s-0001", "s-0005"], "next_id": next_id, "centroids": array, "counts": array,
        "distances": [array], "portraits": [{"name": "milk"}],
    }  # fmt: skip
    return msgspec.msgpack.encode([1, state])


def test_of_format_1_versions_and_ids_are_kept_and_nothing_that_a_sample_fits() -> None:
    state = read([Put(STATE_KEY, format_1())]).state
    assert state is not None
    assert (state.version, state.ids, state.next_id) == (7, ("s-0001", "s-0005"), 6)
    assert (state.encoder, state.features, state.serving, state.former) == ("", (), 0, ())
    assert bits(former_state(format_1())) == bits(state)


@pytest.mark.parametrize("value", [b"", b"\xc1", b"\x90", b"\x91\xa1x", b"\x80"])
def test_what_is_no_record_is_refused(value: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        read_trainer_state(value)


def test_a_damaged_model_is_refused(lives: list[Memory]) -> None:
    altered = put_of(lives[0], b"m1").replace(b"s-0001", b"s-0009")
    with pytest.raises(SegmentModelError, match="sha256"):
        read([Put(b"m1", altered)])


def test_what_a_state_can_not_hold_is_not_written(lives: list[Memory]) -> None:
    state = lives[0].state
    assert state is not None
    broken = TrainerState(*(np if name == "counts" else getattr(state, name) for name in TrainerState.__slots__))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="is not part of a trainer's state"):
        list(memory_puts(Memory(), Memory(broken)))


def test_users_of_any_script_come_back(lives: list[Memory]) -> None:
    users, someone = ("李娜", "", "s", "a b\n"), lives[0].reservoir["u0"]
    reservoir = {
        user: replace(someone, sample=replace(someone.sample, user=user), place=priority_of(user)) for user in users
    }
    memory = Memory(reservoir=reservoir, home_segments={user: f"s-000{at}" for at, user in enumerate(users[:3])})
    again = read(memory_puts(Memory(), memory))
    assert sorted_bits(again) == sorted_bits(memory)


def test_of_people_only_those_are_written_who_are_counted_elsewhere_or_taken_elsewhere(lives: list[Memory]) -> None:
    before = lives[2]
    moved = replace(before, home_segments={**before.home_segments, "u3": "s-0009"})
    assert [put.key for put in memory_puts(before, moved)] == [b"su3"]
    assert read([*memory_puts(Memory(), before), *memory_puts(before, moved)]).home_segments["u3"] == "s-0009"
    expected_segments = replace(
        before, reservoir={**before.reservoir, "u4": replace(before.reservoir["u4"], expected_segments="s-0009")}
    )
    assert [put.key for put in memory_puts(before, expected_segments)] == [b"su4"]
    assert (
        read([*memory_puts(Memory(), before), *memory_puts(before, expected_segments)])
        .reservoir["u4"]
        .expected_segments
        == "s-0009"
    )


def test_what_later_looks_are_held_against_is_written_when_it_changes(lives: list[Memory]) -> None:
    state = known(lives[2])
    learned = replace(lives[2], state=replace(state, watermark_ms=state.watermark_ms + 1))
    assert [put.key for put in memory_puts(lives[2], learned)] == [STATE_KEY]
    other = replace(state, reference=replace(state.reference, segment_shares={"s-0001": 1.0}))
    assert [put.key for put in memory_puts(lives[2], replace(lives[2], state=other))] == [REFERENCE_KEY, STATE_KEY]


def test_the_newest_look_at_the_segments_comes_back(lives: list[Memory]) -> None:
    assert known(lives[0]).health is None  # a warm-up is none
    health = known(lives[2]).health
    assert health is not None
    assert health.time_ms == at_day(2)
    assert known(read(memory_puts(Memory(), lives[2]))).health == health


def test_no_record_is_larger_than_a_broker_takes(lives: list[Memory]) -> None:
    #  as many segments, names and commands as there may be, 13 features and 128 dimensions; 20,000 people of 64 letters
    k, dims, letter = 256, 13 + 128, "娜"
    ids, state, centroids = ids_from(1, k), known(lives[2]), np.ones((k, dims))
    assert state.health is not None
    named = dict.fromkeys(ids, letter * NAME_CHARS_MAX)
    health = replace(state.health, segments=tuple(replace(state.health.segments[0], id=segment) for segment in ids))
    baselines = {segment: Baseline(np.ones(dims, np.float32), 1.0) for segment in ids}
    full = replace(
        state,
        ids=ids,
        centroids=centroids,
        counts=np.ones(k),
        squares=np.ones(k),
        thresholds=np.ones(k),
        separated_pairs=tuple(zip(ids * 10, ids[5:] + ids * 9, strict=False)),
        underpopulated_since_ms=dict.fromkeys(ids, 1 << 40),
        names=named,
        published_names=named,
        proposed={StructureChange(ChangeKind.SPLIT, (segment,)): 1 << 40 for segment in ids},
        health=health,
        reference=replace(state.reference, baselines=baselines),
        handled_commands=(letter * NAME_CHARS_MAX,) * 100,
    )
    someone = lives[0].reservoir["u0"]
    sample = replace(someone.sample, semantic=np.ones(128, np.float32), texts=(letter * 53,))
    reservoir = {f"{at:064x}": replace(someone, sample=sample) for at in range(20_000)}
    home_segments = dict.fromkeys(reservoir, "s-0001")
    largest: dict[bytes, int] = {}
    for put in memory_puts(Memory(), Memory(full, reservoir, home_segments)):
        largest[put.key[:1]] = max(largest.get(put.key[:1], 0), len(put.key) + len(put.value or b""))
    assert set(largest) == {b"t", b"r", b"s"}
    assert largest[b"s"] < 2_000
    assert max(largest.values()) < LARGEST_MESSAGE_BYTES


def known(memory: Memory) -> TrainerState:
    assert memory.state is not None
    return memory.state
