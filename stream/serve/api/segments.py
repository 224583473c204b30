"""Routes of segments: catalogue with figures, members, sizes over time, and users about to move."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from stream.core.reserved import INACTIVE, UNKNOWN
from stream.serve.api.answers import Answers
from stream.serve.api.asked import Limit, Since, Until, no_such_segment, period
from stream.serve.api.schemas import (
    Members,
    NearMoves,
    NearMoveShown,
    SegmentAnswer,
    Segments,
    ShownMember,
    Trend,
    responses,
)
from stream.serve.guard.paths import part_of_path
from stream.serve.identity import CursorError, Identity
from stream.serve.problems import Problem, ProblemError
from stream.serve.stores import Stores
from stream.store.queries.samples import near_moves
from stream.store.queries.segments import (
    TREND_MS,
    TREND_POINTS,
    Member,
    members,
    segment_names,
    segment_record,
    segment_rows,
    size_history,
)
from stream.store.store import Store, newest_ms
from stream.wire.catalogue import CatalogueEntry

_entry = msgspec.json.Decoder(CatalogueEntry)
N_POINTS_MAX = 366


def add_segments(router: APIRouter, stores: Stores, answers: Answers) -> None:
    """Add the routes of segments and their sizes."""

    @router.get("/segments", responses=responses(Segments))
    async def get_segments(request: Request) -> Response:
        """Return the catalogue: every current segment with description, size, share and trend."""
        return answers.value(request, await stores.run(_segments))

    @router.get("/segments/{segment}", responses=responses(SegmentAnswer, Problem.NO_SUCH_SEGMENT))
    async def get_segment(request: Request, segment: str) -> Response:
        """Return one segment, retired ones included: its record on `segments`, and its figures."""
        return answers.value(request, await stores.run(_segment, part_of_path(segment)))

    @router.get("/segments/{segment}/trend", responses=responses(Trend, Problem.NO_SUCH_SEGMENT))
    async def get_trend(
        request: Request,
        segment: str,
        since_ms: Since = None,
        until_ms: Until = None,
        points: Annotated[int, Query(ge=2, le=N_POINTS_MAX, description="Points in time.")] = TREND_POINTS,
    ) -> Response:
        """Return sizes over time, by default of the last 30 days of the stream's clock."""
        return answers.value(request, await stores.run(_trend, part_of_path(segment), since_ms, until_ms, points))


def add_members(router: APIRouter, stores: Stores, answers: Answers, identity: Identity) -> None:
    """Add the routes that list users."""

    @router.get("/segments/{segment}/members", responses=responses(Members, Problem.NO_SUCH_SEGMENT))
    async def get_members(
        request: Request,
        segment: str,
        limit: Limit = 100,
        cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
    ) -> Response:
        """Return members page by page; users are hashes unless SEGUE_MEMBER_IDS allows ids."""
        found = await stores.run(_members, part_of_path(segment), _after(identity, cursor), limit)
        shown = tuple(ShownMember(identity.shown_user(m.user), m.since_ms, m.sequence, m.weight) for m in found[:limit])
        more = identity.seal(found[limit - 1].user) if len(found) > limit else None
        return answers.value(request, Members(shown, more))

    @router.get("/about-to-move", responses=responses(NearMoves))
    async def get_near_moves(request: Request, limit: Limit = 20) -> Response:
        """Return sampled users nearest to a change of segment; users are hashes unless ids are allowed."""
        found = await stores.run(near_moves, limit)
        shown = [NearMoveShown(**asdict(each) | {"user": identity.shown_user(each.user)}) for each in found]
        return answers.value(request, NearMoves(tuple(shown)))


def check_segment(store: Store, segment: str) -> None:
    """Raise ProblemError unless the store knows the segment."""
    if segment not in (UNKNOWN, INACTIVE) and segment not in segment_names(store):
        raise no_such_segment(segment)


def _segments(store: Store) -> Segments:
    return Segments(tuple(segment_rows(store)), newest_ms(store))


def _segment(store: Store, segment: str) -> SegmentAnswer:
    check_segment(store, segment)
    record = segment_record(store, segment)
    figures = next((row for row in segment_rows(store) if row.id == segment), None)
    return SegmentAnswer(_entry.decode(record) if record else None, figures)


def _trend(store: Store, segment: str, since_ms: int | None, until_ms: int | None, n_points: int) -> Trend:
    check_segment(store, segment)
    since, until = period(since_ms, until_ms, newest_ms(store), TREND_MS)
    return Trend(tuple(size_history(store, segment, since, until, n_points)))


def _members(store: Store, segment: str, after: str | None, limit: int) -> list[Member]:
    check_segment(store, segment)
    return members(store, segment, after, limit + 1)  # one more than asked tells whether there is a next page


def _after(identity: Identity, cursor: str | None) -> str | None:
    try:
        return None if cursor is None else identity.unseal(cursor)
    except CursorError as error:
        detail = "take `next` of the page before as it is, or begin again without a cursor"
        raise ProblemError(Problem.BAD_CURSOR, detail) from error
