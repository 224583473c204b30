"""Reasons why a change is not decided again equal, with what is missing."""

from __future__ import annotations

from collections.abc import Iterator

from stream.core.policy import Policy
from stream.core.reserved import PENDING
from stream.core.transition import Rule, required
from stream.explain.explanation import Lack, Missing
from stream.explain.model_shelf import ModelShelf
from stream.explain.recompute import Recomputed
from stream.explain.redecide import Rules
from stream.explain.times import count
from stream.explain.user_past import UserPast
from stream.wire.changes import SegmentChange

_WITHOUT_HYSTERESIS = frozenset({Rule.PINNED, Rule.UNPINNED})


def lacks(
    past: UserPast, change: SegmentChange, recomputed: Recomputed, shelf: ModelShelf, rules: Rules
) -> tuple[Missing, ...]:
    """Return what is missing for `change`, which is not recomputed equal; at least one reason."""
    found = [*_of_model(change, shelf, rules), *_of_settings(change, rules.policy), *_of_log(past, change, recomputed)]
    return tuple(found) or (
        Missing(
            Lack.UNEXPLAINED,
            "no reason was found in the log: compare the window's settings with those of the workers at that time "
            "(`segue config`), and the kind of machine, since sums of another kind of processor differ in last bits",
        ),
    )


def _of_model(change: SegmentChange, shelf: ModelShelf, rules: Rules) -> Iterator[Missing]:
    if change.encoder != rules.encoder.version:
        yield Missing(
            Lack.OTHER_ENCODER,
            f"the change was decided with encoder {change.encoder}, and here is {rules.encoder.version}: give the "
            "folder of the former (SEGUE_ENCODER)",
        )
    elif change.segment_model and shelf.model(change.segment_model) is None:
        yield shelf.missing[change.segment_model]


def _of_settings(change: SegmentChange, policy: Policy) -> Iterator[Missing]:
    need = required(policy, change.from_.id, change.to.id)
    published = change.hysteresis.margin_required, change.hysteresis.dwell_required_ms
    if change.rule not in _WITHOUT_HYSTERESIS and published != (need.margin, need.dwell_ms):
        yield Missing(
            Lack.OTHER_SETTINGS,
            f"the change required a margin of {published[0]:g} and a dwell of {published[1]} ms; the settings here "
            f"require {need.margin:g} and {need.dwell_ms} ms (SEGUE_MARGIN, SEGUE_DWELL_MS, SEGUE_OVERRIDES)",
        )
    has_texts = any(item.text for item in change.evidence.items)
    if change.evidence.items and has_texts and not policy.evidence_texts:
        yield Missing(Lack.OTHER_SETTINGS, "the change shows texts, and here they are left out (SEGUE_EVIDENCE_TEXTS)")
    if change.n_items > policy.window_items or (change.rule is Rule.ENTERED and change.n_items < policy.min_items):
        yield Missing(
            Lack.OTHER_SETTINGS,
            f"the window held {count(change.n_items, 'item')}, which these settings do not allow (SEGUE_WINDOW_ITEMS, "
            "SEGUE_MIN_ITEMS)",
        )


def _of_log(past: UserPast, change: SegmentChange, recomputed: Recomputed) -> Iterator[Missing]:
    found, decision = past.found, recomputed.decision
    n_gone = change.n_items - len(decision.evaluations[-1].items) if decision else 0
    held = f"{n_gone or 'some'} of the {count(change.n_items, 'item')} of that window are not on user-events"
    if (backfill := found.progress.backfill) is not None and (n_gone > 0 or decision is None):
        yield Missing(Lack.PAST_WAS_BACKFILLED, f"the past came from the backfill of {backfill.source}: {held}")
    elif found.first_offset > 0 and (n_gone > 0 or decision is None):
        yield Missing(
            Lack.LOG_BEGINS_LATER,
            f"the log begins at offset {found.first_offset}, older records are gone (its retention): {held}",
        )
    elif n_gone > 0:
        yield Missing(Lack.LOG_BEGINS_LATER, f"{held}: the topic was made again, or got more partitions since")
    first = [each for each in past.changes if each.sequence == change.sequence - 1]
    if not first and change.from_.id != PENDING and found.first_offset > 0:
        yield Missing(Lack.LOG_BEGINS_LATER, "the change before is not on segment-changes any more")
    if not found.past.switches and change.segment_model:
        yield Missing(Lack.NO_SWITCHES, "the state changelog does not say which model decided when")
