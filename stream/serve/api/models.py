"""Routes of segment models: versions, decisions on them, and lineage of segments."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from stream.serve.api.answers import Answers, listing
from stream.serve.api.asked import LATEST_NUMBER, Limit
from stream.serve.api.schemas import LineageEvents, Models, Promotions, responses
from stream.serve.problems import Problem, ProblemError
from stream.serve.stores import Stores
from stream.store.queries.models import lineage, model, models, promotions
from stream.store.store import Store
from stream.training.values.promotion import Status
from stream.wire.segment_models import SegmentModelRecord, dump_segment_model

Version = Annotated[int, Path(ge=0, le=LATEST_NUMBER, description="Version of a segment model.")]


def add_models(router: APIRouter, stores: Stores, answers: Answers) -> None:
    """Add the routes of segment models."""

    @router.get("/models", responses=responses(Models))
    async def get_models(request: Request) -> Response:
        """Return the versions of the segment model, the newest first, and which one serves."""
        return answers.value(request, Models(tuple(models(stores.here()))))

    @router.get("/models/{version}", responses=responses(SegmentModelRecord, Problem.NO_SUCH_MODEL))
    async def get_model(request: Request, version: Version) -> Response:
        """Return the document of a segment model, from which programs assign profiles: docs/segment-model.md."""
        return answers.content(request, await stores.run(_model, version))

    @router.get("/promotions", responses=responses(Promotions))
    async def get_promotions(
        request: Request,
        limit: Limit = 20,
        status: Annotated[Status | None, Query(description="Only decisions of this status.")] = None,
    ) -> Response:
        """Return decisions on segment models, the newest first, as on `segment-promotions`."""
        return answers.content(request, listing(promotions(stores.here(), limit, status)))

    @router.get("/lineage", responses=responses(LineageEvents))
    async def get_lineage(request: Request, limit: Limit = 100) -> Response:
        """Return segments born, split, merged and retired, the newest first, as on `segment-lineage`."""
        return answers.content(request, listing(lineage(stores.here(), limit)))


def _model(store: Store, version: int) -> bytes:
    found = model(store, version)
    if found is None:
        raise ProblemError(Problem.NO_SUCH_MODEL, f"there is no segment model {version}; /api/v1/models lists them")
    return dump_segment_model(found)
