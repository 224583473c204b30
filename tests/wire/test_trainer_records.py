"""The trainer's memory as records of its changelog."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from stream.training.values.candidate import RolloutState
from stream.training.values.commands import NAME_CHARS_MAX, Forget, Refit, Rename
from stream.training.values.health import Baseline
from stream.training.values.reservoir import priority_of
from stream.training.values.state import ModelRegistry, SampledUsers, TrainerState, ids_from
from stream.training.values.structure_change import ChangeKind, StructureChange
from stream.wire.segment_models import SegmentModelError, load_segment_model
from stream.wire.state_records import Put
from stream.wire.topics import LARGEST_MESSAGE_BYTES
from stream.wire.trainer_records import (
    REFERENCE_KEY,
    STATE_KEY,
    TrainerStateReader,
    trainer_puts,
)
from stream.wire.trainer_state import TrainerFormatError, read_record
from tests.core.planted import PlantedPopulation, bits
from tests.training.harness import TrainerHarness, at_day, policy_of

N = 60


@pytest.fixture(scope="module")
def lives() -> list[TrainerState]:
    """Return the state after each of three days, a candidate, a name set by an operator and an erasure."""
    population, trainer = PlantedPopulation((0.6, 0.4)), TrainerHarness(policy_of(N, segment_users_min=5))
    states = []
    for day in range(3):
        trainer.day(population.day(N, at_day(day)))
        states.append(trainer.state)
    for asked in (Refit("ann", 3), Rename("bob", "s-0001", "李娜's"), Forget("u7")):
        trainer.ask(asked)
        states.append(trainer.state)
    return states


def read(puts: Iterable[Put]) -> TrainerState | None:
    reader = TrainerStateReader()
    for put in puts:
        reader.add(put.key, put.value)
    return reader.state()


def restored(puts: Iterable[Put]) -> TrainerState:
    state = read(puts)
    assert state is not None
    return state


def put_of(state: TrainerState, key: bytes) -> bytes:
    (value,) = (put.value for put in trainer_puts(None, state) if put.key == key)
    assert value is not None
    return value


def sorted_bits(state: TrainerState) -> str:
    """Return bits that are equal for equal states, whatever the order of their mappings."""
    users, registry = state.users, state.registry
    parts = (dict(sorted(part.items())) for part in (users.reservoir, users.home_segments))
    own = replace(state, users=replace(users, reservoir={}, home_segments={}), registry=replace(registry, models={}))
    return bits((own, *parts, dict(sorted(registry.models.items()))))


def test_a_state_comes_back_to_the_last_bit_and_in_native_byte_order(lives: list[TrainerState]) -> None:
    for state in lives:
        again = restored(trainer_puts(None, state))
        assert sorted_bits(again) == sorted_bits(state)
        assert again.segments.centroids.dtype.isnative
        assert put_of(again, STATE_KEY) == put_of(state, STATE_KEY)


def test_differences_from_day_to_day_add_up_to_the_whole(lives: list[TrainerState]) -> None:
    before, log = None, list[Put]()
    for state in lives:
        log += trainer_puts(before, state)
        before = state
        assert sorted_bits(restored(log)) == sorted_bits(state)


def test_a_compacted_log_gives_the_same_state_in_any_order_of_keys(lives: list[TrainerState]) -> None:
    pairs = zip([None, *lives], lives, strict=False)
    last = {put.key: put for before, after in pairs for put in trainer_puts(before, after)}
    orders = [list(last.values()), list(last.values())[::-1], sorted(last.values(), key=lambda put: put.key[::-1])]
    assert {sorted_bits(restored(order)) for order in orders} == {sorted_bits(lives[-1])}


def test_only_differences_are_written(lives: list[TrainerState]) -> None:
    _, _, third, refit, renamed, forgotten = lives
    assert list(trainer_puts(third, third)) == []
    assert sorted(put.key for put in trainer_puts(third, refit)) == [b"m4", STATE_KEY]
    # the candidate under the new name, and the serving model; the state comes after the models it names
    assert [put.key for put in trainer_puts(refit, renamed)] == [b"m5", b"m6", STATE_KEY]
    # models that named the user come again under their versions
    assert [(put.key, put.value is None) for put in trainer_puts(renamed, forgotten)] == [
        (b"m1", False),
        (b"su7", True),
    ]
    fewer = replace(third, registry=replace(third.registry, models={3: third.registry.models[3]}))
    assert list(trainer_puts(third, fewer)) == [Put(b"m1", None), Put(b"m2", None)]


def test_a_key_names_the_part_of_the_state(lives: list[TrainerState]) -> None:
    keys = {put.key for put in trainer_puts(None, lives[0])}
    assert keys == {b"t", b"r", b"m1", *(f"su{at}".encode() for at in range(N))}
    assert bits(load_segment_model(put_of(lives[0], b"m1"))) == bits(lives[0].registry.models[1])
    users = lives[0].users
    home_segments = {
        user: msgspec.msgpack.decode(put_of(lives[0], b"s" + user.encode()))[-1] for user in users.reservoir
    }
    assert home_segments == dict(users.home_segments)
    assert set(home_segments.values()) == {"s-0001", "s-0002"}


def test_no_records_are_no_state() -> None:
    assert read([]) is None
    assert read([Put(STATE_KEY, None), Put(b"x?", b"what a later Segue may add")]) is None
    assert list(trainer_puts(None, None)) == []


def test_a_tombstone_without_a_record_is_ignored() -> None:
    assert read([Put(b"sann", None), Put(b"m3", None)]) is None


@pytest.mark.parametrize("other", [0, 2])
def test_a_record_of_another_format_is_refused(lives: list[TrainerState], other: int) -> None:
    record = msgspec.msgpack.decode(put_of(lives[0], STATE_KEY))
    with pytest.raises(TrainerFormatError, match=f"has format {other}, this Segue reads format 1"):
        read_record(msgspec.msgpack.encode([other, *record[1:]]))


@pytest.mark.parametrize("value", [b"", b"\xc1", b"\x90", b"\x91\xa1x", b"\x80"])
def test_a_value_that_is_no_record_is_refused(value: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        read_record(value)


def test_a_damaged_model_is_refused(lives: list[TrainerState]) -> None:
    altered = put_of(lives[0], b"m1").replace(b"s-0001", b"s-0009")
    with pytest.raises(SegmentModelError, match="sha256"):
        read([Put(b"m1", altered)])


def test_a_value_that_is_no_part_of_a_state_is_not_written(lives: list[TrainerState]) -> None:
    broken = replace(lives[0], segments=replace(lives[0].segments, counts=np))  # type: ignore[arg-type]
    with pytest.raises(msgspec.ValidationError, match="counts"):
        list(trainer_puts(None, broken))


def test_users_of_any_script_come_back(lives: list[TrainerState]) -> None:
    ids, someone = ("李娜", "", "s", "a b\n"), lives[0].users.reservoir["u0"]
    reservoir = {
        user: replace(someone, sample=replace(someone.sample, user=user), priority=priority_of(user)) for user in ids
    }
    home_segments = {user: f"s-000{at}" for at, user in enumerate(ids[:3])}
    state = replace(lives[0], users=SampledUsers(reservoir, {}, home_segments))
    assert sorted_bits(restored(trainer_puts(None, state))) == sorted_bits(state)


def test_only_users_with_another_home_or_expected_segment_are_written(lives: list[TrainerState]) -> None:
    before = lives[2]
    users, log = before.users, list(trainer_puts(None, before))
    moved = replace(before, users=replace(users, home_segments={**users.home_segments, "u3": "s-0009"}))
    assert [put.key for put in trainer_puts(before, moved)] == [b"su3"]
    assert restored([*log, *trainer_puts(before, moved)]).users.home_segments["u3"] == "s-0009"
    entry = replace(users.reservoir["u4"], expected_segment="s-0009")
    expected = replace(before, users=replace(users, reservoir={**users.reservoir, "u4": entry}))
    assert [put.key for put in trainer_puts(before, expected)] == [b"su4"]
    assert restored([*log, *trainer_puts(before, expected)]).users.reservoir["u4"].expected_segment == "s-0009"


def test_a_reference_is_written_only_when_it_changes(lives: list[TrainerState]) -> None:
    state = lives[2]
    segments = state.segments
    learned = replace(state, segments=replace(segments, watermark_ms=segments.watermark_ms + 1))
    assert [put.key for put in trainer_puts(state, learned)] == [STATE_KEY]
    other = replace(segments, reference=replace(segments.reference, segment_shares={"s-0001": 1.0}))
    assert [put.key for put in trainer_puts(state, replace(state, segments=other))] == [REFERENCE_KEY, STATE_KEY]


def test_every_field_of_the_state_is_written_when_it_changes_alone(lives: list[TrainerState]) -> None:
    state = lives[2]
    for changed in (
        replace(state, reviewed_ms=7),
        replace(state, flips=7),
        replace(state, user_days=7.0),
        replace(state, health=None),
        replace(state, handled_commands=("x",)),
        replace(state, rollout=replace(state.rollout, ramp_ends_ms=7)),
        replace(state, registry=replace(state.registry, newest=7)),
        replace(state, registry=replace(state.registry, serving=2)),
        replace(state, registry=replace(state.registry, previous=(1,))),
        replace(state, users=replace(state.users, inclusion_thresholds={"s-0001": 0.5})),
    ):
        puts = list(trainer_puts(state, changed))
        assert [put.key for put in puts] == [STATE_KEY]
        assert sorted_bits(restored([*trainer_puts(None, state), *puts])) == sorted_bits(changed)


def test_the_newest_health_report_comes_back(lives: list[TrainerState]) -> None:
    assert lives[0].health is None  # a warm-up reports none
    health = lives[2].health
    assert health is not None
    assert health.time_ms == at_day(2)
    assert restored(trainer_puts(None, lives[2])).health == health


def test_no_record_is_larger_than_a_broker_takes(lives: list[TrainerState]) -> None:
    #  as many segments, names and commands as there may be, 13 features and 128 dimensions; 20,000 users of 64 letters
    k, dims, letter = 256, 13 + 128, "娜"
    ids, state, centroids = ids_from(1, k), lives[2], np.ones((k, dims))
    assert state.health is not None
    named = dict.fromkeys(ids, letter * NAME_CHARS_MAX)
    health = replace(state.health, segments=tuple(replace(state.health.segments[0], id=segment) for segment in ids))
    baselines = {segment: Baseline(np.ones(dims, np.float32), 1.0) for segment in ids}
    segments = replace(
        state.segments,
        ids=ids,
        centroids=centroids,
        counts=np.ones(k),
        squares=np.ones(k),
        thresholds=np.ones(k),
        separated_pairs=tuple(zip(ids * 10, ids[5:] + ids * 9, strict=False)),
        underpopulated_since_ms=dict.fromkeys(ids, 1 << 40),
        names=named,
        published_names=named,
        reference=replace(state.segments.reference, baselines=baselines),
    )
    changes = {StructureChange(ChangeKind.SPLIT, (segment,)): 1 << 40 for segment in ids}
    someone = state.users.reservoir["u0"]
    sample = replace(someone.sample, semantic=np.ones(128, np.float32), texts=(letter * 53,))
    reservoir = {f"{at:064x}": replace(someone, sample=sample) for at in range(20_000)}
    full = replace(
        state,
        segments=segments,
        users=SampledUsers(reservoir, {}, dict.fromkeys(reservoir, "s-0001")),
        registry=ModelRegistry(),
        rollout=RolloutState(changes_since=changes),
        health=health,
        handled_commands=(letter * NAME_CHARS_MAX,) * 100,
    )
    largest: dict[bytes, int] = {}
    for put in trainer_puts(None, full):
        largest[put.key[:1]] = max(largest.get(put.key[:1], 0), len(put.key) + len(put.value or b""))
    assert set(largest) == {b"t", b"r", b"s"}
    assert largest[b"s"] < 2_000
    assert max(largest.values()) < LARGEST_MESSAGE_BYTES
