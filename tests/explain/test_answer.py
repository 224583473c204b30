"""Answers over a log in memory: equal ones, those that lack something, and a user now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from stream.core.event import Event, Rejected
from stream.core.features import registry
from stream.core.policy import Policy
from stream.core.reasons import Reason
from stream.core.serving import ServingVersions
from stream.explain.answer import answer
from stream.explain.changelog import PartitionProgress
from stream.explain.errors import NoSuchChangeError
from stream.explain.explanation import Basis, Explanation, Lack
from stream.explain.model_shelf import ModelShelf
from stream.explain.past import Past, Place
from stream.explain.redecide import Rules
from stream.explain.text import text_of
from stream.wire.backfill_records import BackfillRecord
from stream.wire.state_records import SwitchRecord
from tests.core.builders import ENCODER, NEW_ENCODER, START_MS, event_at, records_with
from tests.explain.fake_log import user_past
from tests.explain.stories import EVENTS, LATER, SERVING, STORY_POLICY, published, story

PUBLISHED = published()


def asked(sequence: int | None = None, policy: Policy = STORY_POLICY, fixed: bool = True, **parts: Any) -> Explanation:
    """The answer about the story's user."""
    shelf = ModelShelf(ENCODER.version, tuple(registry(policy)), SERVING.model if fixed else None)
    return answer(user_past(policy=policy, **parts), sequence, shelf, Rules(ENCODER, policy))


def lacks(explanation: Explanation) -> list[Lack]:
    """What an explanation lacks."""
    assert not explanation.equal
    return [missing.lack for missing in explanation.missing]


@pytest.mark.parametrize("sequence", [1, 2])
def test_a_change_of_the_log_is_equal(sequence: int) -> None:
    found = asked(sequence)
    assert (found.equal, found.basis, found.missing, found.differences) == (True, Basis.LOG, (), ())
    assert found.change == found.recomputed == PUBLISHED[sequence - 1]
    assert found.present is None
    assert found.sentences[0].endswith(PUBLISHED[sequence - 1].summary)


def test_before_is_the_window_in_which_the_new_segment_was_not_ahead() -> None:
    found = asked(2)
    assert found.before is not None
    assert found.after is not None
    assert (found.before.time_ms, found.after.time_ms) == (START_MS + 12, START_MS + 18)
    assert "it was ahead for 5 ms in 3 evaluations (5 ms required)" in found.sentences


def test_the_last_change_comes_with_the_present() -> None:
    found = asked()
    assert found.sequence == 2
    assert found.present is not None
    assert (found.present.segment.id, found.present.time_ms) == ("s-0002", START_MS + 31)
    assert found.present.ahead is None
    assert "not moving: shoes is next" in found.present.sentences[1]


def test_a_user_who_is_about_to_move_is_told_when() -> None:
    past = replace(story(EVENTS), end=Place(6, START_MS + 15))  # the dwell runs from 13 to 18
    found = asked(of=past, published={0: PUBLISHED[:1]}).present
    assert found is not None
    assert found.ahead is not None
    assert (found.ahead.id, found.ahead_since_ms, found.moves_at_ms) == ("s-0002", START_MS + 13, START_MS + 18)
    assert found.sentences[1].startswith("about to move: bread is ahead since")


def pending(events: Sequence[Event | Rejected], policy: Policy, **parts: Any) -> tuple[str, ...]:
    """What is said of a user without a change."""
    records = records_with(*events, arrival_ms=range(1, len(events) + 1))
    past = Past(records, parts.pop("switches", story().switches), Place(len(records), START_MS + len(events)))
    found = asked(policy=policy, of=past, published={}, **parts)
    assert (found.sequence, found.change, found.equal) == (0, None, False)
    return found.sentences


def test_a_pending_user_is_told_what_is_missing() -> None:
    policy = replace(STORY_POLICY, min_items=3)
    refused = Rejected(Reason.NOT_JSON, "")
    said = pending([event_at(0, "milk"), event_at(0, "milk"), refused], policy, n_waiting=2)
    assert said == (
        "no segment yet: 1 item in the window, 3 needed (SEGUE_MIN_ITEMS)",
        "1 event refused: `segue dlq list` says why",
        "1 older event repeated, too late, or out of the window by now (SEGUE_WINDOW_MS)",
        "2 events not processed yet: does a worker run?",
    )
    [warming] = pending([event_at(0, "milk")], STORY_POLICY, switches=[])
    assert "no segment model serves" in warming


def test_a_change_that_left_the_topic_is_explained_and_not_called_equal() -> None:
    found = asked(1, published={0: PUBLISHED[1:]})
    assert (found.change, found.recomputed, lacks(found)) == (None, PUBLISHED[0], [Lack.CHANGE_IS_GONE])
    with pytest.raises(NoSuchChangeError, match="none of sequence 7"):
        asked(7)


def test_other_settings_are_named() -> None:
    found = asked(2, policy=replace(STORY_POLICY, margin=0.2, dwell_ms=4))
    assert lacks(found) == [Lack.OTHER_SETTINGS]
    assert "margin of 0.1 and a dwell of 5 ms" in found.missing[0].sentence
    assert "hysteresis.margin_required" in {each.field for each in found.differences}


def test_a_log_that_begins_later_says_how_many_items_are_gone() -> None:
    cut = replace(story(), records=story().records[5:])
    found = asked(2, of=cut, first_offset=5)
    assert lacks(found) == [Lack.LOG_BEGINS_LATER]
    assert "begins at offset 5" in found.missing[0].sentence
    progress = PartitionProgress(backfill=BackfillRecord(1, "orders.csv", "", "", 9, 0, (), (0,), 3))
    filled = asked(2, of=cut, progress=progress)
    assert lacks(filled) == [Lack.PAST_WAS_BACKFILLED]
    assert "orders.csv" in filled.missing[0].sentence


def test_numbers_of_a_part_of_the_window_are_not_shown() -> None:
    found = asked(2, of=replace(story(), records=story().records[4:]), first_offset=4)
    assert lacks(found) == [Lack.LOG_BEGINS_LATER]
    assert "n_items" in {each.field for each in found.differences}
    assert (found.before, found.after, found.timeline, found.outlook) == (None, None, (), None)


def test_a_missing_model_and_missing_switches_are_named() -> None:
    assert lacks(asked(2, fixed=False)) == [Lack.MODEL_IS_GONE]
    assert lacks(asked(2, of=replace(story(), switches=[]))) == [Lack.NO_SWITCHES]
    other = replace(story(), switches=[SwitchRecord(0, -1, ServingVersions(9))])
    assert lacks(asked(2, of=other)) == [Lack.UNEXPLAINED]


def test_another_encoder_is_named() -> None:
    rules = Rules(NEW_ENCODER, STORY_POLICY)
    shelf = ModelShelf(NEW_ENCODER.version, tuple(registry(STORY_POLICY)))
    found = answer(user_past(), 2, shelf, rules)
    assert lacks(found) == [Lack.OTHER_ENCODER]
    assert "SEGUE_ENCODER" in found.missing[0].sentence


def test_an_answer_is_readable_text_of_bounded_width() -> None:
    for explanation in (asked(), asked(1), asked(2, policy=replace(STORY_POLICY, margin=0.2))):
        lines = text_of(explanation).splitlines()
        assert max(map(len, lines)) <= 100
        assert all(line.isprintable() for line in lines)
        assert msgspec.json.decode(msgspec.json.encode(explanation), type=Explanation) == explanation
    text = text_of(asked())
    for part in ("equal to the published change", "Distances to the nearest", "Window: 4 items", "evaluations since"):
        assert part in text


def test_texts_of_users_cannot_move_the_cursor() -> None:
    nasty = [replace(event, text=event.text + "\x1b[2J\n\u202e") for event in (*EVENTS, LATER)]
    text = text_of(asked(2, of=story(nasty), published={0: PUBLISHED}))
    assert "\x1b" not in text
    assert "\u202e" not in text
