from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.event import Event
from tests.core.builders import DTYPE, START_MS, event_at, stored_vector, window_with
from tests.specification.window import Inserted, Window, columns_dtype

N = 4


def insert(window: Window, each: Event, start_ms: int = 0) -> Inserted:
    vector, scale = stored_vector(each.text)
    return window.insert(each, 1, vector, scale, START_MS + start_ms)


def ids(window: Window) -> list[str]:
    return [item.id for item in window.items]


def slots(window: Window) -> list[int]:
    slots: list[int] = window.columns["slot"][: len(window)].tolist()
    return slots


def test_items_are_ordered_by_time_then_id_whatever_the_order_they_came_in() -> None:
    #  ms   0      5             9
    #       e0     a  b  c       e9
    window = Window(8, DTYPE)
    for each in (
        event_at(9),
        event_at(5, event_id="b"),
        event_at(0),
        event_at(5, event_id="c"),
        event_at(5, event_id="a"),
    ):
        assert insert(window, each) is Inserted.APPLIED
    assert ids(window) == ["e0", "a", "b", "c", "e9"]
    assert window.columns["time_ms"][:5].tolist() == [START_MS + at for at in (0, 5, 5, 5, 9)]
    assert (window.first_ms(), window.last_ms(), len(window)) == (START_MS, START_MS + 9, 5)


def test_an_item_carries_the_fields_of_its_event() -> None:
    window = Window(N, DTYPE)
    insert(window, event_at(3, "milk", kind="buy", amount=2.5))
    row, (vector, scale) = window.columns[0], stored_vector("milk")
    assert window.items == [("e3", "buy", "milk")]
    assert (int(row["time_ms"]), float(row["amount"]), int(row["kind"])) == (START_MS + 3, 2.5, 1)
    assert row["vector"].tolist() == vector.tolist()
    assert float(row["scale"]) == scale


def test_the_first_millisecond_of_the_window_is_in_it_and_the_one_before_is_late() -> None:
    #  start            5
    #        late  4 |  5  in
    window = Window(N, DTYPE)
    assert insert(window, event_at(5), start_ms=5) is Inserted.APPLIED
    assert insert(window, event_at(4), start_ms=5) is Inserted.LATE
    assert window.expire(START_MS + 5) == 0
    assert window.expire(START_MS + 6) == 1
    assert len(window) == 0


def test_a_repeated_id_is_a_duplicate_even_with_another_time() -> None:
    window = Window(N, DTYPE)
    insert(window, event_at(5, "milk", event_id="a"))
    assert insert(window, event_at(7, "bread", event_id="a")) is Inserted.DUPLICATE
    assert window.items == [("a", "view", "milk")]


def test_a_full_window_drops_its_oldest_for_a_newer_one_and_takes_no_older_one() -> None:
    window = Window(2, DTYPE)
    for at in (3, 5):
        insert(window, event_at(at))
    assert insert(window, event_at(2)) is Inserted.LATE
    assert insert(window, event_at(4)) is Inserted.APPLIED
    assert ids(window) == ["e4", "e5"]
    assert slots(window) == [0, 1]


def test_a_window_of_one_item_keeps_the_newest() -> None:
    window = Window(1, DTYPE)
    assert [insert(window, event_at(at)) for at in (1, 3, 2)] == [Inserted.APPLIED, Inserted.APPLIED, Inserted.LATE]
    assert ids(window) == ["e3"]


def test_the_lowest_free_slot_is_taken() -> None:
    window = Window(N, DTYPE)
    for at in range(N):
        insert(window, event_at(at))
    assert (slots(window), window.slots) == ([0, 1, 2, 3], 0b1111)
    window.expire(START_MS + 2)
    assert (slots(window), window.slots) == ([2, 3], 0b1100)
    insert(window, event_at(9))
    assert (slots(window), window.slots) == ([2, 3, 0], 0b1101)


def test_all_255_slots_fit() -> None:
    window = Window(255, columns_dtype(1))
    for at in range(300):
        window.insert(event_at(at), 0, np.zeros(1, np.int8), 0.0, 0)
    assert sorted(slots(window)) == list(range(255))


def test_a_copy_is_independent() -> None:
    window = window_with(event_at(1, "milk"), event_at(2, "bread"))
    other = window.copy()
    insert(other, event_at(3, "shoes"))
    other.expire(START_MS + 2)
    assert ids(window) == ["e1", "e2"]
    assert window.columns["time_ms"][:2].tolist() == [START_MS + 1, START_MS + 2]
    assert window.slots == 0b011


def test_restored_items_keep_their_slots() -> None:
    window = Window(N, DTYPE)
    for slot, at in ((2, 1), (0, 5)):
        window.restore(slot, event_at(at), 0, *stored_vector("milk"))
    assert (ids(window), slots(window), window.slots) == (["e1", "e5"], [2, 0], 0b101)
    insert(window, event_at(3))
    assert (ids(window), slots(window)) == (["e1", "e3", "e5"], [2, 1, 0])


offers = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), st.integers(0, 12), st.sampled_from("abcdefgh")),
        st.tuples(st.just("expire"), st.integers(0, 12), st.just("")),
    ),
    max_size=40,
)


@given(offers=offers, n_max=st.integers(1, 5))
def test_columns_ids_and_slots_run_in_parallel(offers: list[tuple[str, int, str]], n_max: int) -> None:
    window, start_ms = Window(n_max, DTYPE), 0
    for what, at, id_ in offers:
        match what:
            case "insert":
                insert(window, event_at(at, event_id=id_), start_ms)
            case _:
                start_ms = max(start_ms, at)
                window.expire(START_MS + start_ms)
        assert window.slots == sum(1 << slot for slot in slots(window))
        assert window.times_ms == window.columns["time_ms"][: len(window)].tolist()
        assert window.ids == ids(window)
        order = list(zip(window.columns["time_ms"][: len(window)].tolist(), ids(window), strict=True))
        assert order == sorted(order)
        assert len(window) <= n_max
        assert all(slot < n_max for slot in slots(window))


@pytest.mark.parametrize("dimension", [1, 128])
def test_an_item_takes_22_bytes_and_its_vector(dimension: int) -> None:
    assert columns_dtype(dimension).itemsize == 8 + 8 + 4 + 1 + 1 + dimension
