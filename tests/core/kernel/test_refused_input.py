"""Input that cannot be: the kernel's Python face raises ValueError, or gives a result, and never reads beyond an array.

`make sanitize` runs these tests with AddressSanitizer and UndefinedBehaviorSanitizer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from math import inf, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.event import Declaration, Erasure, Event, Record
from stream.core.labels import PublishedLabel
from stream.core.partition import PartitionState
from stream.core.policy import PublishProfiles
from stream.core.records import Records
from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving
from stream.core.state import StoredItem, UserState
from stream.core.step import step
from stream.core.transition import MembershipState
from tests.core.builders import ENCODER, LABELS, MODEL, POLICY, START_MS, event_at, label_head, records_with
from tests.core.kernel.runs import FEW, drawn_records, records_of
from tests.core.planted import bits
from tests.fakes import HashEncoder

ALWAYS = replace(POLICY, publish_profiles=PublishProfiles.ALWAYS)
RECORDS = records_with(event_at(0, "milk"), Declaration("bob", {"age": 1}), event_at(3, "bread", "bob"), Erasure("ann"))
ITEM = StoredItem("e1", "view", "milk", START_MS, 1.0, 0.01, bytes(4), 0, "hash")


def partition() -> PartitionState:
    """A partition with two users."""
    made = PartitionState(ALWAYS, ENCODER.dimension, ENCODER.version)
    columns = Records.of(records_with(event_at(0, "shoes"), event_at(1, "milk", "bob")))
    step(columns, made, Serving(MODEL), ENCODER, ALWAYS).merge_into(made)
    return made


def taken(records: Records, model: SegmentModel = MODEL, **others: Any) -> str:
    """The outputs and the state of one step, to the last bit."""
    made = partition()
    done = step(records, made, Serving(model), ENCODER, ALWAYS, **others)
    done.puts()
    done.merge_into(made)
    return bits((tuple(done.outputs), made.now_ms)) + repr(sorted(made.users()))


@pytest.mark.parametrize("name", [each.name for each in fields(Records) if each.name not in ("contents", "ignored")])
@pytest.mark.parametrize("by", [-1, 1])
def test_columns_of_different_lengths_are_refused(name: str, by: int) -> None:
    records = Records.of([replace(record, traceparent="t") for record in RECORDS])
    column = getattr(records, name)
    setattr(records, name, column[:by] if by < 0 else [*column, column[-1]])
    if isinstance(column, np.ndarray):
        setattr(records, name, np.asarray(getattr(records, name), column.dtype))
    with pytest.raises(ValueError, match=r"length|trace contexts"):
        taken(records)


@pytest.mark.parametrize("name", ["times_ms", "arrivals_ms", "offsets"])
@pytest.mark.parametrize("value", [np.iinfo(np.int64).max, np.iinfo(np.int64).min, 1 << 61])
def test_times_and_offsets_near_the_limits_of_64_bits_are_refused(name: str, value: int) -> None:
    records = Records.of(RECORDS)
    getattr(records, name)[0] = value
    with pytest.raises(ValueError, match="beyond"):
        taken(records)


@pytest.mark.parametrize("amount", [nan, inf, -inf])
def test_an_amount_that_is_no_finite_number_is_refused(amount: float) -> None:
    records = Records.of(RECORDS)
    records.amounts[2] = amount
    with pytest.raises(ValueError, match="finite"):
        taken(records)


@pytest.mark.parametrize("ops", [[6, 1, 0, 2], [255, 1, 0, 2], [1, 1, 0, 2]], ids=str)
def test_an_operation_without_its_content_is_refused(ops: list[int]) -> None:
    records = Records.of(RECORDS)
    records.ops[:] = ops
    with pytest.raises(ValueError, match=r"operation|content"):
        taken(records)


@pytest.mark.parametrize(
    "content",
    [Event("u" * 70_000, "e", "view", START_MS), Event("u", "e" * 70_000, "view", START_MS), Erasure("é" * 40_000)],
    ids=["user", "id", "erased user"],
)
def test_names_beyond_their_limit_are_refused(content: Event | Erasure) -> None:
    with pytest.raises(ValueError, match=r"65,535"):
        taken(Records.of(records_with(content)))


def test_a_trace_context_beyond_its_limit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"65,535"):
        taken(Records.of([Record(0, START_MS, event_at(5, "milk"), "t" * 70_000)]))


@pytest.mark.parametrize("amount", [1.7e308, -1.7e308, 5e-324, -0.0])
def test_amounts_at_the_limits_of_double_precision_give_finite_features(amount: float) -> None:
    events = [event_at(at, "milk", event_id=f"x{at}", amount=amount) for at in (1, 2, 3)]
    assert "inf" not in taken(Records.of(records_with(*events)))
    assert "nan" not in taken(Records.of(records_with(*events)))


@pytest.mark.parametrize("user", ["", "\0", "a\0b", "é" * 256, "u" * 65_535])
@pytest.mark.parametrize("event_id", ["", "\0", "𝕏" * 256])
def test_unusual_names_are_whole_in_the_state(user: str, event_id: str) -> None:
    made = partition()
    record = Record(0, START_MS, Event(user, event_id, "", START_MS + 5, "\0", 1.0), "\0")
    step(Records.of([record]), made, None, ENCODER, ALWAYS).merge_into(made)
    state = made.user(user)
    assert state is not None
    assert [(item.id, item.kind, item.text) for item in state.items] == [(event_id, "", "\0")]
    assert (state.traceparent, made.user(user + "x"), user in made, user + "x" in made) == ("\0", None, True, False)


class BrokenEncoder(HashEncoder):
    """An encoder that breaks its contract."""

    def __init__(self, value: float) -> None:
        super().__init__(4)
        self.value = value

    def encode(self, texts: Any) -> Any:
        """Return vectors with one number that is none."""
        vectors = super().encode(texts)
        vectors[:, 1] = self.value
        return vectors


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_a_vector_that_is_not_finite_is_refused(value: float) -> None:
    made = partition()
    with pytest.raises(ValueError, match="finite"):
        step(Records.of(RECORDS), made, Serving(MODEL), BrokenEncoder(value), ALWAYS)


@pytest.mark.parametrize("encoder", [HashEncoder(4, "another"), HashEncoder(3), HashEncoder(900)])
def test_another_encoder_than_that_of_the_partition_is_refused(encoder: HashEncoder) -> None:
    with pytest.raises(ValueError, match=r"encoder|dimension"):
        step(Records.of(RECORDS), partition(), None, encoder, ALWAYS)


@pytest.mark.parametrize(
    "settings_", [{"kinds": ("view",)}, {"window_items": 1}, {"window_ms": 1}], ids=lambda each: next(iter(each))
)
def test_another_policy_than_that_of_the_partition_is_refused(settings_: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="policy"):
        step(Records.of(RECORDS), partition(), None, ENCODER, replace(ALWAYS, **settings_))


def reshaped(name: str) -> SegmentModel:
    """The model without the last row or column of one of its arrays."""
    scaler = MODEL.scaler
    if name in ("explicit_mean", "explicit_scale", "semantic_mean"):
        cut: dict[str, Any] = {name: getattr(scaler, name)[:-1]}
        return replace(MODEL, scaler=replace(scaler, **cut))
    cut = {"centroids": MODEL.centroids[:, :-1]} if name == "columns" else {name: getattr(MODEL, name)[:-1]}
    return replace(MODEL, **cut)


@pytest.mark.parametrize(
    "name", ["centroids", "columns", "thresholds", "explicit_mean", "explicit_scale", "semantic_mean"]
)
def test_a_model_whose_arrays_do_not_fit_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="model"):
        taken(Records.of(RECORDS), reshaped(name))


def test_label_heads_of_another_dimension_are_refused() -> None:
    head = label_head()
    for weight, bias in ((head.weight[:-1], head.bias), (head.weight, head.bias[:-1])):
        heads = replace(LABELS, heads=(replace(head, weight=weight, bias=bias),))
        with pytest.raises(ValueError, match="label"):
            taken(Records.of(RECORDS), labels=heads)


STATE = UserState((ITEM,), MembershipState("s-0001", START_MS, sequence=1), n_events=1, offset=3)
CHANGED: dict[str, Callable[[UserState], UserState]] = {
    "a slot twice": lambda s: replace(s, items=(ITEM, replace(ITEM, id="e2"))),
    "a slot too large": lambda s: replace(s, items=(replace(ITEM, slot=255),)),
    "a negative slot": lambda s: replace(s, items=(replace(ITEM, slot=-1),)),
    "too many items": lambda s: replace(s, items=tuple(replace(ITEM, id=f"e{n}", slot=n) for n in range(9))),
    "items out of order": lambda s: replace(s, items=(ITEM, replace(ITEM, time_ms=0, slot=1))),
    "a short vector": lambda s: replace(s, items=(replace(ITEM, vector=b"12"),)),
    "a long vector": lambda s: replace(s, items=(replace(ITEM, vector=bytes(999)),)),
    "a time out of range": lambda s: replace(s, items=(replace(ITEM, time_ms=1 << 62),)),
    "a scale that is no number": lambda s: replace(s, items=(replace(ITEM, scale=nan),)),
    "an amount that is no number": lambda s: replace(s, items=(replace(ITEM, amount=inf),)),
    "a candidate's time": lambda s: replace(s, membership=replace(s.membership, candidate_since_ms=-(1 << 62))),
    "too many labels": lambda s: replace(s, labels={str(n): PublishedLabel("x") for n in range(300)}),
    "a long trace": lambda s: replace(s, traceparent="t" * 70_000),
    "a long id": lambda s: replace(s, items=(replace(ITEM, id="i" * 70_000),)),
}


@pytest.mark.parametrize("what", CHANGED)
def test_a_stored_state_that_cannot_be_is_refused_and_changes_nothing(what: str) -> None:
    made = partition()
    made.put("eve", STATE)
    before = repr(sorted(made.users()))
    with pytest.raises(ValueError, match="eve"):
        made.put("eve", CHANGED[what](STATE))
    assert repr(sorted(made.users())) == before


numbers = st.sampled_from((0, 1, -1, START_MS, -START_MS, 1 << 59, -(1 << 59)))


@settings(max_examples=60)
@given(
    drawn=st.lists(drawn_records(FEW), min_size=1, max_size=12),
    times=st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=12),
    until_ms=numbers,
)
def test_times_far_apart_give_a_result(drawn: list[Any], times: list[tuple[int, int, int]], until_ms: int) -> None:
    records = Records.of(records_of(drawn))
    for row, (offset, arrival_ms, time_ms) in enumerate(times[: len(records)]):
        records.offsets[row], records.arrivals_ms[row], records.times_ms[row] = offset, arrival_ms, time_ms
    assert taken(records, until_ms=until_ms) == taken(records, until_ms=until_ms)
