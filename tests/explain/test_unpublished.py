"""Changes that are not on segment-changes: told as such, and explained only from a log that leads to the state now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stream.explain.changelog import PartitionProgress
from stream.explain.errors import NoSuchChangeError
from stream.explain.explanation import Basis, Lack
from stream.explain.text import text_of
from stream.explain.unpublished import newest_unpublished, no_such_change, why_gone
from stream.wire.backfill_records import BackfillRecord
from tests.explain.fake_log import user_past
from tests.explain.stories import published, story
from tests.explain.test_answer import asked, lacks

PUBLISHED = published()
BACKFILL = PartitionProgress(backfill=BackfillRecord(1, "orders.csv", "", "", 9, 0, (), (0,), 3))
LIVE = replace(story(), records=story().records[-1:])  # of all that the user did, only the last event was live


def test_changes_of_a_backfilled_past_are_counted_and_not_invented() -> None:
    found = asked(of=LIVE, lived=story(), progress=BACKFILL, published={})
    assert (found.sequence, found.change, found.recomputed, found.basis) == (2, None, None, Basis.NOTHING)
    assert lacks(found) == [Lack.PAST_WAS_BACKFILLED]
    text = text_of(found)
    assert text.startswith("user ann: no change to show\n  * 2 changes so far, none on segment-changes: ")
    assert "backfill of orders.csv, which publishes changes only with --changes" in " ".join(text.split())
    assert "no change yet" not in text


@pytest.mark.parametrize("sequence", [1, 2])
def test_a_log_that_leads_elsewhere_does_not_explain_a_change(sequence: int) -> None:
    with pytest.raises(NoSuchChangeError, match="has 2 changes, none on segment-changes, and none of sequence"):
        asked(sequence, of=LIVE, lived=story(), progress=BACKFILL, published={})


def test_a_log_that_leads_to_now_explains_the_last_change_though_the_topic_is_empty() -> None:
    found = asked(published={})
    assert (found.change, found.recomputed, lacks(found)) == (None, PUBLISHED[1], [Lack.CHANGE_IS_GONE])
    assert found.present is not None


def test_the_newest_change_is_unpublished_only_if_the_topic_lacks_it() -> None:
    assert newest_unpublished(user_past()) is None
    assert newest_unpublished(user_past(of=story(()), n_waiting=1, published={})) is None
    found = newest_unpublished(user_past(published={0: PUBLISHED[:1]}))
    assert found is not None
    assert (found.lack, "is change 1" in found.sentence) == (Lack.CHANGE_IS_GONE, True)
    assert why_gone(user_past(progress=BACKFILL)).lack is Lack.PAST_WAS_BACKFILLED


def test_the_error_says_which_changes_there_are() -> None:
    assert "changes 1 to 2 on segment-changes, and none of sequence 3; leave out" in str(no_such_change(user_past(), 3))
    assert "none of sequence 1 (the past came" in str(
        no_such_change(user_past(published={0: PUBLISHED[1:]}, progress=BACKFILL), 1)
    )
    waiting = user_past(of=story(()), n_waiting=1, published={})
    assert "has no change yet, and none of sequence 1; leave out" in str(no_such_change(waiting, 1))


def test_a_user_without_a_state_is_told_what_is_waiting() -> None:
    text = text_of(asked(of=story(()), n_waiting=1, published={}))
    assert text.startswith("user ann: no change yet\n")
    assert "1 event not processed yet: does a worker run?" in text
