"""The application: API, pages, live updates and static files behind one guard."""

from __future__ import annotations

import time

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from stream.serve.answers import Answers
from stream.serve.api.router import build_readiness
from stream.serve.api.router import build_router as build_api
from stream.serve.guard.guard import Guard
from stream.serve.live.router import build_router as build_live
from stream.serve.metrics import Measured, ServeMetrics
from stream.serve.pages.router import build_router as build_pages
from stream.serve.parts import Parts
from stream.serve.problems import DOCUMENTATION, Problem, ProblemError, problem_of_status
from stream.store.errors import StoreError
from stream.web.vendored import STATIC


class Application(FastAPI):
    """An application whose guard stands before everything else, so that its headers are on faults of the server too."""

    def __init__(self, parts: Parts) -> None:
        # FastAPI's own documentation loads scripts from another host, and redirects for slashes would hide a wrong path
        super().__init__(title="Segue", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
        self._parts, self.metrics, self.answer = parts, ServeMetrics(parts.freshness), Answers(parts)

    def build_middleware_stack(self) -> ASGIApp:
        """Return the application behind the guard; requests that it refuses are counted too."""
        guarded = Guard(super().build_middleware_stack(), self._parts.settings, time.monotonic, self.answer)
        return Measured(guarded, self.metrics)


def build_app(parts: Parts) -> FastAPI:
    """Return the application."""
    app = Application(parts)
    for build_router in (build_readiness, build_api, build_pages, build_live):
        app.include_router(build_router(parts))
    app.mount("/static", StaticFiles(directory=STATIC))
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(StoreError, _no_store)
    app.add_exception_handler(HTTPException, _framework_error)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(Exception, _fault)
    app.get("/metrics", include_in_schema=False)(app.metrics.page)
    return app


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return _answered(request, error)


async def _no_store(request: Request, error: Exception) -> Response:
    return _answered(request, ProblemError(Problem.NO_STORE, str(error), {"retry-after": "5"}))


async def _framework_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    problem, headers = problem_of_status(error.status_code), dict(error.headers or {})
    if problem is Problem.METHOD_NOT_ALLOWED and "GET" in headers.get("Allow", ""):
        headers["Allow"] += ", HEAD"  # the guard answers it for every GET
    detail = f"{request.method} {request.url.path}: see {DOCUMENTATION}"
    return _answered(request, ProblemError(problem, detail, headers))


async def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
    return _answered(request, ProblemError(Problem.BAD_REQUEST, "; ".join(found)))


async def _fault(request: Request, _: Exception) -> Response:
    return _answered(request, ProblemError(Problem.INTERNAL_ERROR, "the log of the server has the cause"))


def _answered(request: Request, error: ProblemError) -> Response:
    app: Application = request.app
    return app.answer(request.scope, error)
