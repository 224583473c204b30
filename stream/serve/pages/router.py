"""Routes of the pages."""

from __future__ import annotations

from fastapi import APIRouter

from stream.serve.pages import marketing, movement, operation, users
from stream.serve.pages.renderer import Handler, Renderer
from stream.serve.parts import Parts

ROUTES: dict[str, Handler] = {
    "/": marketing.overview,
    "/segments": marketing.segments,
    "/segment": marketing.segment,
    "/segment/members": marketing.segment_members,
    "/flows": movement.all_flows,
    "/flow": movement.one_flow,
    "/changes": movement.changes,
    "/alerts": movement.queue,
    "/deliveries": operation.deliveries,
    "/user": users.user,
    "/explanation": users.explanation,
    "/map": operation.map_page,
    "/models": operation.all_models,
    "/health": operation.health_page,
}


def build_router(parts: Parts) -> APIRouter:
    """Return the routes: one for each page, read with GET."""
    router, renderer = APIRouter(include_in_schema=False), Renderer(parts)
    for address, handler in ROUTES.items():
        router.add_api_route(address, renderer.endpoint(handler), methods=["GET"])
    return router
