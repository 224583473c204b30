"""An explanation as structs for JSON. Times are integer ms since 1970 UTC."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from stream.explain.snapshot import EvaluationPoint, Snapshot
from stream.wire.changes import SegmentChange, SegmentRef


class Basis(StrEnum):
    """A basis on which a decision was computed again."""

    LOG = "log"  # the user's records from the first one on
    PREVIOUS_CHANGE = "previous_change"  # the published change before, and the records since
    WINDOW = "window"  # the window of that time, with the published segment before and the published dwell
    NOTHING = "nothing"


class Lack(StrEnum):
    """A reason why a change is not recomputed equal."""

    LOG_BEGINS_LATER = "log_begins_later"
    PAST_WAS_BACKFILLED = "past_was_backfilled"
    MODEL_IS_GONE = "model_is_gone"
    OTHER_ENCODER = "other_encoder"
    OTHER_SETTINGS = "other_settings"
    CHANGE_IS_GONE = "change_is_gone"
    NO_SWITCHES = "no_switches"
    UNEXPLAINED = "unexplained"


class Missing(msgspec.Struct, frozen=True):
    """Something missing: a value for programs and a sentence for people."""

    lack: Lack
    sentence: str


class Difference(msgspec.Struct, frozen=True):
    """A field that differs, by its path such as `certainty.margin`, with both values as JSON."""

    field: str
    published: str
    recomputed: str


class WhatIfKind(StrEnum):
    """A way in which the result would be another one."""

    WITHOUT_ITEMS = "without_items"  # had these items not been there
    ITEMS_LEAVE = "items_leave"  # when nothing else happens
    MORE_ITEMS = "more_items"  # with more items of the next segment


class WhatIf(msgspec.Struct, frozen=True):
    """A counterfactual found by evaluating the changed window: what would lead to `segment`.

    `n_items` is the number of items that leave or come; `time_ms` when, None if at once. `ids` name items that leave.
    """

    kind: WhatIfKind
    segment: SegmentRef
    sentence: str
    n_items: int
    ids: tuple[str, ...] = ()
    time_ms: int | None = None


class Outlook(msgspec.Struct, frozen=True):
    """An outlook on another result: the next segment, how far it is, and ways there.

    The next segment is ahead once `distance` is at most `distance_required`. `lead` and `lead_required` say the same
    relative to the current segment.
    """

    current: SegmentRef
    next: SegmentRef
    current_distance: float | None
    distance: float
    distance_required: float | None
    lead: float
    lead_required: float
    ways: tuple[WhatIf, ...]


class Present(msgspec.Struct, frozen=True):
    """A user's present state, as the workers stored it with the last record or timer.

    `ahead_since_ms` is set while `ahead` is. `missing` says why there is no snapshot and no outlook.
    """

    time_ms: int
    segment: SegmentRef
    since_ms: int
    sequence: int
    snapshot: Snapshot | None
    outlook: Outlook | None
    ahead: SegmentRef | None
    ahead_since_ms: int | None
    moves_at_ms: int | None
    sentences: tuple[str, ...]
    missing: tuple[Missing, ...] = ()


class Explanation(msgspec.Struct, frozen=True):
    """An explanation of a user's change `sequence`; 0 before the first change.

    `change` is the published change, `recomputed` the one decided again. `equal` is True only if both were compared and
    every field is equal. Otherwise `differences` and `missing` say why not. `before` is the window before the new
    segment was ahead, `after` the window of the decision. They are None for a part of a
    window. `present` is given when no sequence was asked for.
    """

    user: str
    sequence: int
    change: SegmentChange | None
    recomputed: SegmentChange | None
    equal: bool
    basis: Basis
    differences: tuple[Difference, ...] = ()
    missing: tuple[Missing, ...] = ()
    sentences: tuple[str, ...] = ()
    before: Snapshot | None = None
    after: Snapshot | None = None
    timeline: tuple[EvaluationPoint, ...] = ()
    outlook: Outlook | None = None
    present: Present | None = None
