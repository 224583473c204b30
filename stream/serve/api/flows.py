"""Routes of flows: users between segments over any period, with the reasons summed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from stream.core.policy import DAY_MS
from stream.serve.api.answers import Answers
from stream.serve.api.asked import Since, Until, period
from stream.serve.api.schemas import Flows, responses
from stream.serve.api.segments import check_segment
from stream.serve.guard.paths import part_of_path
from stream.serve.problems import Problem
from stream.serve.stores import Stores
from stream.store.queries.flows import Flow, flows
from stream.store.store import Store, newest_ms

FLOWS_MS = 7 * DAY_MS
SegmentId = Annotated[str | None, Query(description="Id of a segment.")]


def add_flows(router: APIRouter, stores: Stores, answers: Answers) -> None:
    """Add the routes of flows."""

    @router.get("/flows", responses=responses(Flows, Problem.NO_SUCH_SEGMENT))
    async def get_flows(
        request: Request,
        since_ms: Since = None,
        until_ms: Until = None,
        from_segment: SegmentId = None,
        to_segment: SegmentId = None,
    ) -> Response:
        """Return flows with their reasons, by default of the last 7 days of the stream's clock."""
        found = await stores.run(_flows, since_ms, until_ms, from_segment, to_segment)
        return answers.value(request, found)

    @router.get("/segments/{segment}/flows", responses=responses(Flows, Problem.NO_SUCH_SEGMENT))
    async def get_flows_of_segment(
        request: Request, segment: str, since_ms: Since = None, until_ms: Until = None
    ) -> Response:
        """Return flows into and out of the segment, the largest first."""
        found = await stores.run(_flows_of, part_of_path(segment), since_ms, until_ms)
        return answers.value(request, found)


def _flows(
    store: Store, since_ms: int | None, until_ms: int | None, from_segment: str | None, to_segment: str | None
) -> Flows:
    for segment in (from_segment, to_segment):
        if segment is not None:
            check_segment(store, segment)
    since, until = period(since_ms, until_ms, newest_ms(store), FLOWS_MS)
    return Flows(tuple(flows(store, since, until, from_segment, to_segment)), since, until)


def _flows_of(store: Store, segment: str, since_ms: int | None, until_ms: int | None) -> Flows:
    check_segment(store, segment)
    since, until = period(since_ms, until_ms, newest_ms(store), FLOWS_MS)
    both = [*flows(store, since, until, to_id=segment), *flows(store, since, until, from_id=segment)]
    return Flows(tuple(sorted(both, key=_order)), since, until)


def _order(flow: Flow) -> tuple[int, str, str]:
    return -flow.n_changes, flow.from_id, flow.to_id
