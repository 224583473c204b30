"""Contents of answers: structs that only the API has, and how the document names every answer."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from stream.explain.explanation import Explanation
from stream.serve.api.asked import N_ITEMS_MAX
from stream.serve.problems import Problem
from stream.store.freshness import State
from stream.store.queries.flows import Flow
from stream.store.queries.models import ModelSummary
from stream.store.queries.segments import SegmentRow, SizePoint
from stream.wire.catalogue import CatalogueEntry
from stream.wire.changes import SegmentChange
from stream.wire.health import SegmentsHealth, SegmentsWarning
from stream.wire.lineage import SegmentLineage
from stream.wire.memberships import UserSegment
from stream.wire.promotions import SegmentPromotion
from stream.wire.users import USER_CHARS_MAX

UserId = Annotated[str, msgspec.Meta(max_length=USER_CHARS_MAX)]


class Users(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Users to look up, at most 1,000."""

    users: Annotated[tuple[UserId, ...], msgspec.Meta(max_length=N_ITEMS_MAX)]


class FoundUsers(msgspec.Struct, frozen=True):
    """Records of the users that are known, by user, and the users that are not."""

    found: dict[str, UserSegment]
    unknown: tuple[str, ...]


class Changes(msgspec.Struct, frozen=True):
    """Changes of a user, the newest first; `next` is the `before` of the next page."""

    items: tuple[SegmentChange, ...]
    next: int | None


class LatestChanges(msgspec.Struct, frozen=True):
    """Changes of all users, the newest first; users are hashes unless ids are allowed.

    `newest_row` is the `after` that asks for later ones.
    """

    items: tuple[SegmentChange, ...]
    newest_row: int


class Segments(msgspec.Struct, frozen=True):
    """Current segments, the largest first, then `unknown` and `inactive`."""

    items: tuple[SegmentRow, ...]
    newest_ms: int


class SegmentAnswer(msgspec.Struct, frozen=True):
    """A segment: its record in the catalogue, null for reserved ids, and its figures, null for one without users."""

    catalogue: CatalogueEntry | None
    figures: SegmentRow | None


class ShownMember(msgspec.Struct, frozen=True):
    """A member; `user` is a hash unless ids are allowed."""

    user: str
    since_ms: int
    sequence: int
    weight: float | None


class Members(msgspec.Struct, frozen=True):
    """Members of a segment; `next` is the `cursor` of the next page."""

    items: tuple[ShownMember, ...]
    next: str | None


class Trend(msgspec.Struct, frozen=True):
    """Sizes of a segment over time, the earliest first."""

    items: tuple[SizePoint, ...]


class Flows(msgspec.Struct, frozen=True):
    """Flows between segments in a period of whole hours, the largest first."""

    items: tuple[Flow, ...]
    since_ms: int
    until_ms: int


class NearMoveShown(msgspec.Struct, frozen=True):
    """A user near a change of segment; `user` is a hash unless ids are allowed.

    `margin` is the lead of `next_segment`, below 0 while the own segment is nearer. `is_ahead`: the dwell runs.
    """

    user: str
    segment: str
    next_segment: str
    distance: float | None
    next_distance: float
    margin: float
    margin_required: float
    is_ahead: bool
    time_ms: int


class NearMoves(msgspec.Struct, frozen=True):
    """Users about to move, the nearest to it first."""

    items: tuple[NearMoveShown, ...]


class LineageEvents(msgspec.Struct, frozen=True):
    """Events of segments, the newest first."""

    items: tuple[SegmentLineage, ...]


class Promotions(msgspec.Struct, frozen=True):
    """Decisions on segment models, the newest first."""

    items: tuple[SegmentPromotion, ...]


class Models(msgspec.Struct, frozen=True):
    """Segment models, the newest version first."""

    items: tuple[ModelSummary, ...]


class HealthAnswer(msgspec.Struct, frozen=True):
    """Health of the segments at the newest review, null before the first, and the newest warnings."""

    health: SegmentsHealth | None
    warnings: tuple[SegmentsWarning, ...]


class HealthHistory(msgspec.Struct, frozen=True):
    """Health of the segments at reviews, the newest first."""

    items: tuple[SegmentsHealth, ...]


class FreshnessAnswer(msgspec.Struct, frozen=True):
    """Distance of the store from the topics.

    `lag` counts records that wait, `behind_ms` is the wall time since it last had everything. `newest_ms` is the
    stream's clock: the time of the newest decision, 0 without one.
    """

    state: State
    lag: int
    behind_ms: int
    since_ms: int
    revision: int
    reason: str
    newest_ms: int


class ProblemDocument(msgspec.Struct, frozen=True):
    """A problem (RFC 9457). `type` leads to its place in the documentation."""

    type: str
    title: str
    status: int
    detail: str


ANSWERS = (
    *(UserSegment, SegmentChange, Explanation, FoundUsers, Changes, LatestChanges, Segments, SegmentAnswer, Members),
    *(Trend, Flows, NearMoves, LineageEvents, Promotions, Models, HealthAnswer, HealthHistory, FreshnessAnswer),
    *(Users, ProblemDocument),
)
Responses = dict[int | str, dict[str, Any]]


def reference(struct: type[Any]) -> dict[str, str]:
    """Return the reference to a struct's schema in the document."""
    return {"$ref": f"#/components/schemas/{struct.__name__}"}


def responses(struct: type[Any], *problems: Problem) -> Responses:
    """Return the answers of a route: a struct, and the problems besides those that every route has."""
    what = (struct.__doc__ or "").splitlines()[0]
    found: Responses = {200: {"description": what, "content": {"application/json": {"schema": reference(struct)}}}}
    return found | {problem.status: {"description": problem.title} for problem in problems}
