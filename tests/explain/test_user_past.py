"""A user's past, and the reasons why there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stream.core.decision.conditions import Condition
from stream.core.event import Declaration, Erasure, Record
from stream.explain.errors import ErasedUserError, UnknownUserError
from stream.explain.user_past import read_user_past
from stream.wire.placement import partition_of
from tests.core.builders import START_MS, event_at
from tests.explain.fake_log import FakeLog, user_past
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


def test_a_withdrawn_consent_is_an_erasure_and_events_without_one_are_nothing() -> None:
    consent = (Condition.parse("ads=true"),)
    agreed, withdrawn = (Record(at, START_MS, Declaration("ann", {"ads": at == 0})) for at in (0, 9))
    log = FakeLog(of=replace(story(), records=[agreed, *story().records]))
    assert read_user_past(log, "ann", consent).changes == tuple(published())
    log.of = replace(story(), records=[agreed, *story().records, withdrawn, *story().records])
    with pytest.raises(ErasedUserError, match="erased"):
        read_user_past(log, "ann", consent)
    assert read_user_past(log, "ann").changes, "without the setting traits are only traits"


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
