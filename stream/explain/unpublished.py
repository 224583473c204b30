"""Changes that were made and are not on `segment-changes`."""

from __future__ import annotations

from stream.explain.errors import NoSuchChangeError
from stream.explain.explanation import Lack, Missing
from stream.explain.times import count
from stream.explain.user_past import UserPast


def why_gone(past: UserPast) -> Missing:
    """Return why a change of a user is not on `segment-changes`."""
    if (backfill := past.found.progress.backfill) is not None:
        why = f"the past came from the backfill of {backfill.source}, which publishes changes only with --changes"
        return Missing(Lack.PAST_WAS_BACKFILLED, why)
    return Missing(  # a partition that came by a growth does not know of the backfill before it
        Lack.CHANGE_IS_GONE, "by its retention, or it was made again, or a backfill without --changes left them out"
    )


def newest_unpublished(past: UserPast) -> Missing | None:
    """Return that the newest change is not on `segment-changes`; None if it is, and before the first change."""
    newest = max((change.sequence for change in past.changes), default=0)
    if past.n_changes <= newest:
        return None
    why = why_gone(past)
    on_topic = f"the last on segment-changes is change {newest}" if newest else "none on segment-changes"
    return Missing(why.lack, f"{count(past.n_changes, 'change')} so far, {on_topic}: {why.sentence}")


def no_such_change(past: UserPast, sequence: int) -> NoSuchChangeError:
    """Return the error for a sequence that is not on the topic, and that the log cannot decide again."""
    sequences = [change.sequence for change in past.changes]
    has = f"has changes {sequences[0]} to {sequences[-1]} on segment-changes" if sequences else "has no change yet"
    if not sequences and past.n_changes:
        has = f"has {count(past.n_changes, 'change')}, none on segment-changes"
    why = f" ({why_gone(past).sentence})" if 0 < sequence <= past.n_changes else ""
    return NoSuchChangeError(f"user {past.user!r} {has}, and none of sequence {sequence}{why}; leave out --sequence")
