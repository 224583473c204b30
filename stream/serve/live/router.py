"""Routes of the live updates."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.responses import Response

from stream.maps.landmark_file import landmark_path
from stream.maps.layout import LayoutKeeper
from stream.serve.live.events import Listener
from stream.serve.live.points import Points
from stream.serve.live.pump import FullHouseError, Pump
from stream.serve.live.source import Source
from stream.serve.parts import Parts
from stream.serve.problems import Problem, ProblemError

RETRY_MS = 1_000  # of a browser whose stream broke


def build_router(parts: Parts) -> APIRouter:
    """Return the routes of live updates, with a pump of their own."""
    keeper = LayoutKeeper(parts.store_path, parts.layout_path or landmark_path(parts.store_path))
    source = Source(parts, Points(keeper, parts))
    pump = Pump(source, parts.settings.serve_streams, monotonic, parts.is_stopping)

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        yield
        await pump.close()
        source.close()

    router = APIRouter(include_in_schema=False, lifespan=lifespan)

    async def live(request: Request) -> Response:
        try:
            listener = pump.join(request.headers.get("last-event-id"), request.query_params.get("map") == "1")
        except FullHouseError:
            raise _full_house(parts) from None
        return StreamingResponse(_stream(pump, listener), media_type="text/event-stream")

    async def all_points() -> Response:
        return _found(await source.all_points(), "there is no store yet")

    async def who(made: str, place: int) -> Response:
        return _found(await source.who(made, place), "the map has no such place, or is another one by now")

    for path, answer in (("/live", live), ("/live/map", all_points), ("/live/map/{made}/{place}", who)):
        router.add_api_route(path, answer, response_model=None)
    return router


def _full_house(parts: Parts) -> ProblemError:
    detail = f"{parts.settings.serve_streams} pages are live (SEGUE_SERVE_STREAMS)"
    return ProblemError(Problem.TOO_MANY_STREAMS, detail, {"retry-after": "10"})


def _found(value: dict[str, Any] | None, otherwise: str) -> Response:
    if value is None:
        raise ProblemError(Problem.NO_SUCH_PAGE, otherwise)
    return Response(msgspec.json.encode(value), media_type="application/json")


async def _stream(pump: Pump, listener: Listener) -> AsyncIterator[bytes]:
    try:
        yield f"retry: {RETRY_MS}\n\n".encode()
        while (data := await listener.receive()) is not None:
            yield data
    finally:
        pump.leave(listener)
