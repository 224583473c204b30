"""Publication of predicted labels by steps: examples by hand, and properties over drawn records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stream.core.event import Declaration, Erasure, Record
from stream.core.labels import (
    NO_LABELS,
    LabelHeads,
    PublishedLabel,
)
from stream.core.output import Change, Membership
from stream.core.policy import Policy
from tests.core.builders import ENCODER, LABELS, POLICY, START_MS, WALL, event_at, label_head, records_with, word_model
from tests.core.cores import PRODUCTION, CoreType
from tests.core.drawn import batch_starts, policies, record_lists
from tests.core.planted import bits
from tests.core.recorder import StepRecorder, run_steps
from tests.fakes import HashEncoder

ONE = LabelHeads("v1", (label_head(),))
SURE = word_model(threshold=9.0)  # no user is unknown


label_policies = policies | st.sampled_from([replace(POLICY, dwell_ms=0), replace(WALL, dwell_ms=2)])


CALM = replace(POLICY, window_ms=100, window_items=12, half_life_ms=10**9, min_items=1)


def published_predictions(recorder: StepRecorder) -> list[tuple[str, dict[str, str | None]]]:
    """Memberships as segment and predicted values."""
    found = [m for m in recorder.outputs if isinstance(m, Membership) and m.segment]
    return [(str(m.segment), {label: p.value for label, p in (m.predicted or {}).items()}) for m in found]


def test_a_membership_is_published_again_for_a_new_predicted_value(core: CoreType) -> None:
    #  ms        0      10     11 ... 17 (the margin holds: no change)
    #  ann       milk   bread  bread
    #  would say milk   ?      bread since 12 ─── dwell 5 ──▶ 17
    policy = replace(CALM, margin=0.99)
    recorder = run_steps(
        records_with(event_at(0, "milk"), *(event_at(at, "bread") for at in range(10, 18))),
        policy,
        labels=ONE,
        core=core,
    )
    first, again = [m for m in recorder.outputs if isinstance(m, Membership)]
    assert published_predictions(recorder) == [("s-0001", {"diet": "milk"}), ("s-0001", {"diet": "bread"})]
    [entered] = recorder.changes()
    assert (again.since_ms, again.sequence, again.name) == (entered.decision_time_ms, 1, "milk")
    assert (again.label_heads, again.segment_model, first.label_heads) == ("v1", 1, "v1")


def test_a_change_publishes_the_current_predictions_without_a_dwell(core: CoreType) -> None:
    #  ms          0      10     11     13 - 15        17
    #  ann         milk   bread  bread  shoes
    #  segment     milk          bread since 12 ─────▶ bread    (there is none of shoes)
    #  would say   milk                 shoes since 14 or later, so not for the dwell yet
    shoes = (event_at(at, "shoes") for at in range(13, 16))
    model = word_model(("milk", "bread"), threshold=9.0)
    recorder = run_steps(
        records_with(event_at(0, "milk"), event_at(10, "bread"), event_at(11, "bread"), *shoes),
        CALM,
        (),
        model,
        ONE,
        core=core,
    )
    published = recorder.user("ann").labels["diet"]
    assert (published.value, published.pending) == ("milk", "shoes")
    assert published.pending_since_ms >= START_MS + 14
    recorder.step([], CALM, model, until_ms=17)
    assert published_predictions(recorder) == [("s-0001", {"diet": "milk"}), ("s-0002", {"diet": "shoes"})]
    assert recorder.user("ann").labels == {"diet": PublishedLabel("shoes")}


def test_no_membership_is_published_before_the_first_segment(core: CoreType) -> None:
    recorder = run_steps(
        records_with(event_at(0, "milk"), event_at(1, "milk")), replace(CALM, min_items=2), labels=ONE, core=core
    )
    assert published_predictions(recorder) == [("s-0001", {"diet": "milk"})]
    assert (
        published_predictions(run_steps(records_with(event_at(0, "milk")), CALM, model=None, labels=ONE, core=core))
        == []
    )


def test_without_texts_predictions_are_withdrawn(core: CoreType) -> None:
    #  ms       0       9       15 .. (window 10)
    #  ann      milk    (no text)
    #  window   [milk]  [milk, -]   [-]
    policy = replace(CALM, window_ms=10, dwell_ms=1000)
    recorder = run_steps(records_with(event_at(0, "milk"), event_at(9)), policy, model=SURE, labels=ONE, core=core)
    recorder.step([], policy, SURE, until_ms=11)
    assert published_predictions(recorder) == [("s-0001", {"diet": "milk"}), ("s-0001", {})]
    assert published_predictions(
        run_steps(records_with(event_at(0)), CALM, model=word_model(("milk",), threshold=9.0), labels=ONE, core=core)
    ) == [("s-0001", {})]


class ZeroEncoder(HashEncoder):
    """An encoder that gives every text the zero vector."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension) zeros."""
        return np.zeros((len(texts), self.dimension), np.float32)


def test_texts_with_zero_vectors_give_no_predictions(core: CoreType) -> None:
    recorder = StepRecorder(labels=ONE, encoder=ZeroEncoder(4), core=core)
    recorder.step(records_with(event_at(0, "https://example.com")), CALM, SURE)
    assert [values for _, values in published_predictions(recorder)] == [{}]


def test_an_inactive_user_has_no_predictions(core: CoreType) -> None:
    recorder = run_steps(records_with(event_at(0, "milk")), POLICY, labels=ONE, core=core)
    recorder.step([], POLICY, until_ms=99)
    assert published_predictions(recorder) == [("s-0001", {"diet": "milk"}), ("inactive", {})]


def test_a_declared_trait_and_a_prediction_of_one_name_are_both_published(core: CoreType) -> None:
    recorder = run_steps(
        records_with(Declaration("ann", {"diet": "shoes"}), event_at(0, "milk")), POLICY, labels=ONE, core=core
    )
    (membership,) = [m for m in recorder.outputs if isinstance(m, Membership)]
    assert membership.traits == {"diet": "shoes"}
    assert (membership.predicted or {})["diet"].value == "milk"


def test_new_and_removed_heads_are_published_and_a_new_version_alone_is_not(core: CoreType) -> None:
    recorder = run_steps(records_with(event_at(0, "milk")), CALM, core=core)
    for at, labels in enumerate((ONE, replace(ONE, version="v2"), NO_LABELS), start=1):
        recorder.labels = labels
        recorder.step([Record(at, 0, event_at(at, "milk"))], CALM)
    assert published_predictions(recorder) == [("s-0001", {}), ("s-0001", {"diet": "milk"}), ("s-0001", {})]


def test_predictions_start_again_after_an_erasure(core: CoreType) -> None:
    contents = (event_at(0, "milk"), Erasure("ann"), event_at(1, "milk"))
    recorder = run_steps(records_with(*contents), CALM, labels=ONE, core=core)
    assert published_predictions(recorder) == [("s-0001", {"diet": "milk"})] * 2
    assert [m.segment for m in recorder.outputs if isinstance(m, Membership)] == ["s-0001", None, "s-0001"]


def test_predictions_affect_no_profile_and_no_decision(core: CoreType) -> None:
    contents = [event_at(at, word) for at, word in enumerate(("milk", "bread", "bread", "shoes", "milk", "milk") * 3)]
    with_labels, without = (
        run_steps(records_with(*contents), CALM, labels=LABELS, core=core),
        run_steps(records_with(*contents), CALM, core=core),
    )
    of_both = [[o for o in recorder.outputs if not isinstance(o, Membership)] for recorder in (with_labels, without)]
    assert bits(tuple(of_both[0])) == bits(tuple(of_both[1]))


@settings(max_examples=60)
@given(records=record_lists(), policy=label_policies, cuts=batch_starts)
def test_predictions_do_not_depend_on_the_batches(
    core: CoreType, records: list[Record], policy: Policy, cuts: set[int]
) -> None:
    whole, cut = (
        run_steps(records, policy, labels=LABELS, core=core),
        run_steps(records, policy, cuts, labels=LABELS, core=core),
    )
    assert bits(tuple(cut.outputs)) == bits(tuple(whole.outputs))
    assert cut.snapshots() == whole.snapshots()


@settings(max_examples=60)
@given(records=record_lists(), policy=label_policies)
def test_the_state_holds_the_last_publication_and_none_is_repeated(
    core: CoreType, records: list[Record], policy: Policy
) -> None:
    recorder = run_steps(records, policy, labels=LABELS, core=core)
    published: dict[str, dict[str, str | None]] = {}
    traits: dict[str, str] = {}
    changed = False
    for output in recorder.outputs:
        if isinstance(output, Membership):
            values = {label: p.value for label, p in (output.predicted or {}).items()}
            is_declared = repr(output.traits) != traits.get(output.user)
            assert output.segment is None or changed or is_declared or values != published[output.user]
            published[output.user] = {} if output.segment is None else values
            traits[output.user] = repr(output.traits)
        changed = isinstance(output, Change)
    for name, user in recorder.users().items():
        assert {label: each.value for label, each in user.labels.items()} == published.get(name, {})


def test_the_drawn_records_make_predictions_appear_change_and_disappear() -> None:
    """So that the properties above are about something."""
    moves = set()

    @settings(max_examples=300, derandomize=True, database=None)
    @given(records=record_lists(), policy=label_policies)
    def count(records: list[Record], policy: Policy) -> None:
        published: dict[str, str | None] = {}
        for output in run_steps(records, policy, labels=LABELS, core=PRODUCTION).outputs:
            if isinstance(output, Membership) and output.predicted:
                value = output.predicted["diet"].value
                moves.add((published.get(output.user, "nothing") or "not sure", value or "not sure"))
                published[output.user] = value

    count()
    assert {("nothing", "milk"), ("milk", "bread"), ("milk", "not sure"), ("not sure", "milk")} <= moves


def test_the_heads_fit_the_dimension_of_the_encoder() -> None:
    assert LABELS.weight.shape == (ENCODER.dimension, 5)
