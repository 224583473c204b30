"""A user now, as the workers stored it: the same where the log reaches back, where it is cut, and where it is empty."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stream.core.features import registry
from stream.explain.changelog import PartitionProgress
from stream.explain.explanation import Lack, Present
from stream.explain.model_shelf import ModelShelf
from stream.explain.past import Place
from stream.explain.present import present_state
from stream.explain.redecide import Rules
from stream.wire.backfill_records import BackfillRecord
from tests.core.builders import ENCODER, MODEL, NEW_ENCODER, START_MS, event_at
from tests.explain.fake_log import user_past
from tests.explain.stories import EVENTS, RULES, SERVING, STORY_POLICY, published, story

PUBLISHED = published()
BACKFILL = PartitionProgress(backfill=BackfillRecord(1, "orders.csv", "", "", 9, 0, (), (0,), 3))


def present(shelf: ModelShelf | None = None, rules: Rules = RULES, **parts: Any) -> Present:
    """The present state of the story's user."""
    model = shelf or ModelShelf(ENCODER.version, tuple(registry(STORY_POLICY)), SERVING.model)
    found = present_state(user_past(**parts), model, rules)
    assert found is not None
    return found


@pytest.mark.parametrize("n_cut", range(1, len(EVENTS) + 2))
@pytest.mark.parametrize("progress", [BACKFILL, PartitionProgress()])
def test_a_log_that_does_not_reach_back_changes_nothing(n_cut: int, progress: PartitionProgress) -> None:
    cut = replace(story(), records=story().records[n_cut:])
    found = present(of=cut, lived=story(), progress=progress, published={})
    assert found == present(published={})
    assert (found.segment.id, found.sequence, found.since_ms) == ("s-0002", 2, START_MS + 18)
    assert found.snapshot is not None
    assert [item.id for item in found.snapshot.items] == ["e11", "e12", "e13", "e30"]
    assert found.snapshot.distances


def test_a_move_that_began_in_the_backfilled_past_is_told() -> None:
    lived = replace(story(EVENTS), end=Place(6, START_MS + 15))  # the dwell runs from 13 to 18
    found = present(of=replace(lived, records=[]), lived=lived, progress=BACKFILL, published={})
    assert found.ahead is not None
    assert (found.ahead.id, found.ahead_since_ms, found.moves_at_ms) == ("s-0002", START_MS + 13, START_MS + 18)


def test_a_newest_change_that_is_not_on_the_topic_is_told() -> None:
    told = present(published={0: PUBLISHED[:1]}, progress=BACKFILL).sentences
    assert any("2 changes so far, the last on segment-changes is change 1" in sentence for sentence in told)
    assert not any("so far" in sentence for sentence in present().sentences)


def test_without_the_model_there_are_no_distances_and_the_reason_is_told() -> None:
    found = present(ModelShelf(ENCODER.version, tuple(registry(STORY_POLICY))))
    assert (found.segment, found.sequence) == (PUBLISHED[-1].to, 2)
    assert (found.snapshot, found.outlook, [each.lack for each in found.missing]) == (None, None, [Lack.MODEL_IS_GONE])
    assert "4 items in the window now" in found.sentences[0]
    assert found.sentences[1].startswith("the distances of now are not computed: segment model 1")


def test_a_window_of_another_encoder_is_not_evaluated() -> None:
    rules = Rules(NEW_ENCODER, STORY_POLICY)
    shelf = ModelShelf(NEW_ENCODER.version, tuple(registry(STORY_POLICY)), replace(MODEL, encoder="new"))
    found = present(shelf, rules)
    assert (found.snapshot, [each.lack for each in found.missing]) == (None, [Lack.OTHER_ENCODER])
    assert "SEGUE_ENCODER" in found.missing[0].sentence


def test_items_of_the_past_are_not_taken_for_older_events() -> None:
    lived = replace(story([event_at(0, "milk"), event_at(1, "milk")]), switches=[])
    found = present(of=replace(lived, records=lived.records[1:]), lived=lived, published={})
    assert (found.sequence, len(found.sentences)) == (0, 1)
    assert "no segment model serves" in found.sentences[0]
