"""States of many users as columns, and what no state can be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stream.core.partition import PartitionState
from stream.core.policy import Policy
from stream.core.state import StoredItem, UserState
from stream.core.transition import MembershipState
from stream.core.user_columns import TIME_MAX, check_columns, columns_of

ITEM = StoredItem("e1", "view", "milk", 5, 2.5, 0.25, b"\x01\x02", 0, "hash")
LATER = replace(ITEM, id="e2", time_ms=6, text="bread", slot=1)
ANN = UserState((ITEM, LATER), MembershipState("s-1", 3, "s-2", 4, 7, "vip=True"), {"vip": True}, n_events=9, offset=8)
BOB = UserState()
STATES = {"ann": ANN, "bob": BOB, "李娜": replace(ANN, items=(LATER,), traits={}, traceparent="00-ab")}


def with_items(*items: StoredItem) -> dict[str, UserState]:
    return {"bob": BOB, "ann": replace(ANN, items=items)}


def check(states: dict[str, UserState]) -> None:
    check_columns(columns_of(states, "hash"), dimension=2, window_items=3)


def test_a_partition_has_the_states_that_it_was_given_as_columns() -> None:
    partition = PartitionState(Policy(), 2, "hash")
    partition.put_columns(columns_of(STATES, "hash"))
    assert dict(partition.users()) == STATES
    assert partition.stale == set()


def test_items_are_those_of_their_owners() -> None:
    users = columns_of(STATES, "hash")
    assert users.owners().tolist() == [0, 0, 2]
    assert (users.n_items.tolist(), users.items.ids) == ([2, 0, 1], [b"e1", b"e2", b"e2"])
    assert (users.traits, users.labels) == ({0: {"vip": True}}, {})


def test_items_of_another_encoder_are_stale_until_the_user_is_set_again() -> None:
    partition = PartitionState(Policy(), 2, "hash")
    partition.put_columns(columns_of({"ann": replace(ANN, items=(replace(ITEM, encoder="old", vector=b""),))}, "hash"))
    assert partition.stale == {"ann"}
    partition.put_columns(columns_of({"ann": ANN}, "hash"))
    assert partition.stale == set()


def test_no_states_are_no_columns() -> None:
    check({})
    assert columns_of({}, "hash").owners().tolist() == []


@pytest.mark.parametrize(
    ("states", "words"),
    [
        (with_items(replace(ITEM, time_ms=TIME_MAX + 1)), "'ann': a time is beyond"),
        (with_items(replace(ITEM, time_ms=-(1 << 63))), "'ann': a time is beyond"),
        ({"ann": replace(ANN, sampled_ms=TIME_MAX + 1)}, "'ann': a time is beyond"),
        ({"ann": replace(ANN, membership=MembershipState(since_ms=-TIME_MAX - 1))}, "'ann': a time is beyond"),
        (with_items(*(replace(ITEM, id=f"e{at}", slot=at) for at in range(4))), "'ann': a window holds 3 items"),
        (with_items(ITEM, replace(LATER, slot=0)), "'ann': slots are not distinct"),
        (with_items(replace(ITEM, slot=255)), "'ann': slots are not distinct and within 0 to 254"),
        (with_items(replace(ITEM, slot=-1)), "'ann': slots are not distinct"),
        (with_items(replace(ITEM, vector=b"\x01")), "'ann': a vector has not 2 dimensions"),
        (with_items(replace(ITEM, id="x" * 65_536)), "'ann': an id is longer"),
        ({"ann": replace(ANN, traceparent="x" * 65_536)}, "'ann': a trace is over"),
        (with_items(LATER, ITEM), "'ann': the items are not in order of time and id"),
        (with_items(replace(LATER, time_ms=5), ITEM), "'ann': the items are not in order of time and id"),
        (with_items(replace(ITEM, amount=float("nan"))), "'ann': an amount or a scale"),
        (with_items(replace(ITEM, scale=1e39)), "'ann': an amount or a scale"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_state_that_cannot_be_is_refused_with_its_user(states: dict[str, UserState], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check(states)


@pytest.mark.parametrize("number", [1 << 63, -(1 << 63) - 1])
def test_a_number_beyond_64_bits_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="beyond 64 bits"):
        columns_of({"ann": replace(ANN, n_events=number)}, "hash")


def test_users_of_one_slot_each_do_not_disturb_one_another() -> None:
    check({"ann": replace(ANN, items=(LATER,)), "bob": replace(ANN, items=(ITEM, LATER))})


def test_a_column_keeps_the_bits_of_its_numbers() -> None:
    amounts: Any = columns_of(with_items(replace(ITEM, amount=-0.0), replace(LATER, amount=0.1)), "hash").items.amounts
    assert amounts.tobytes() == np.array([-0.0, 0.1]).tobytes()
