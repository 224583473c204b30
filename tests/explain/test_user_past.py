"""A user's past, and the reasons why there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stream.core.event import Erasure, Record
from stream.explain.errors import ErasedUserError, UnknownUserError
from stream.wire.placement import partition_of
from tests.core.builders import START_MS, event_at
from tests.explain.fake_log import user_past
from tests.explain.stories import EVENTS, published, story

NOTHING = story(())
PUBLISHED = published()


def test_a_past_has_every_change_by_sequence() -> None:
    past = user_past()
    assert past.changes == tuple(PUBLISHED)
    assert (past.change(1), past.change(None), past.change(3)) == (PUBLISHED[0], PUBLISHED[1], None)
    assert (past.n_changes, past.stored and past.stored.segment) == (2, "s-0002")


def test_a_user_of_whom_nothing_is_known_is_unknown() -> None:
    with pytest.raises(UnknownUserError, match="case-sensitive"):
        user_past(of=NOTHING, published={})
    assert user_past(of=NOTHING, published={}, n_waiting=1).changes == ()


def test_an_erased_user_is_not_explained() -> None:
    records = [*story().records, Record(8, START_MS + 40, Erasure("ann"))]
    with pytest.raises(ErasedUserError, match="erased"):
        user_past(of=replace(story(), records=records))
    with pytest.raises(ErasedUserError, match="erased"):  # the log of the erasure is gone too
        user_past(of=NOTHING, member=False)
    assert user_past(of=NOTHING, lived=story(), member=False).changes  # the workers have a state


def test_after_an_erasure_sequences_begin_again() -> None:
    back = event_at(50, "milk")
    records = [*story().records, Record(8, START_MS + 40, Erasure("ann")), Record(9, START_MS + 51, back)]
    again = published(story([*EVENTS[:0], back]))
    past = user_past(of=replace(story(), records=records), published={0: [*PUBLISHED, *again]})
    assert past.changes == tuple(again)


def test_changes_of_before_a_growth_are_found_in_other_partitions() -> None:
    parted = {0: PUBLISHED[1:], 1: PUBLISHED[:1]}
    assert user_past(published=parted, partitions=1).changes == tuple(PUBLISHED[1:])
    home = partition_of(b"ann", 2)
    wide = user_past(published={home: PUBLISHED[1:], 1 - home: PUBLISHED[:1]}, partitions=2)
    assert wide.changes == tuple(PUBLISHED)
