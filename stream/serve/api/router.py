"""All routes of the API."""

from __future__ import annotations

from functools import cache

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from stream.serve.api.answers import Answers
from stream.serve.api.documentation import documentation
from stream.serve.api.explaining import Explaining
from stream.serve.api.explanations import add_explanations
from stream.serve.api.flows import add_flows
from stream.serve.api.health import add_health, add_readiness
from stream.serve.api.lookalikes import add_lookalikes
from stream.serve.api.models import add_models
from stream.serve.api.openapi import openapi_document
from stream.serve.api.segments import add_members, add_segments
from stream.serve.api.users import add_changes, add_latest, add_lookup, add_user
from stream.serve.parts import Parts
from stream.serve.stores import Stores

PREFIX = "/api/v1"


def build_router(parts: Parts) -> APIRouter:
    """Return the routes."""
    router, stores, answers = APIRouter(prefix=PREFIX), Stores(parts.store_path), Answers(parts.freshness)
    add_user(router, stores, answers)
    add_changes(router, stores, answers)
    add_explanations(router, stores, answers, Explaining(parts.explain))
    add_lookup(router, stores, answers)
    add_latest(router, stores, answers, parts.identity)
    add_lookalikes(router, stores, answers, parts.identity)
    add_segments(router, stores, answers)
    add_members(router, stores, answers, parts.identity)
    add_flows(router, stores, answers)
    add_models(router, stores, answers)
    add_health(router, stores, answers, parts)
    _add_document(router, answers)
    return router


def build_readiness(parts: Parts) -> APIRouter:
    """Return the route for supervisors, which is no part of the API's version."""
    router = APIRouter()
    add_readiness(router, Stores(parts.store_path), parts)
    return router


def _add_document(router: APIRouter, answers: Answers) -> None:
    @cache
    def document() -> bytes:
        return msgspec.json.encode(openapi_document(router.routes))

    @router.get("/openapi.json", include_in_schema=False)
    async def get_document(request: Request) -> Response:
        """Return the OpenAPI document."""
        return answers.content(request, document())

    @router.get("", include_in_schema=False)
    async def get_root() -> Response:
        """Return a redirect to the documentation."""
        return RedirectResponse(f"{PREFIX}/docs")

    @router.get("/docs", include_in_schema=False)
    async def get_documentation(request: Request) -> Response:
        """Return the document as a page."""
        server = str(request.base_url).rstrip("/")
        return HTMLResponse(documentation(msgspec.json.decode(document()), server))
